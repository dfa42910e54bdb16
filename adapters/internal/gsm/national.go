package gsm

// Language names a national table, as the user data header does. Italian has none: its letters are in the default
// alphabet, but for the accented capitals.
type Language byte

// The languages whose tables are known here.
const (
	Turkish    Language = 1
	Spanish    Language = 2
	Portuguese Language = 3
)

// lockingTables replace the main alphabet.
var lockingTables = map[Language]*table{
	Turkish: locking(map[byte]rune{
		0x04: '€', 0x07: 'ı', 0x0B: 'Ğ', 0x0C: 'ğ', 0x1C: 'Ş', 0x1D: 'ş', 0x40: 'İ', 0x60: 'ç',
	}),
	Portuguese: locking(map[byte]rune{
		0x04: 'ê', 0x06: 'ú', 0x07: 'í', 0x08: 'ó', 0x09: 'ç', 0x0B: 'Ô', 0x0C: 'ô', 0x0E: 'Á', 0x0F: 'á',
		0x12: 'ª', 0x13: 'Ç', 0x14: 'À', 0x15: '∞', 0x16: '^', 0x17: '\\', 0x18: '€', 0x19: 'Ó', 0x1A: '|',
		0x1C: 'Â', 0x1D: 'â', 0x1E: 'Ê', 0x24: 'º', 0x40: 'Í', 0x5B: 'Ã', 0x5C: 'Õ', 0x5D: 'Ú', 0x5E: 'Ü',
		0x60: '~', 0x7B: 'ã', 0x7C: 'õ', 0x7D: '`', 0x7E: 'ü',
	}),
}

// singleTables replace the extension table.
var singleTables = map[Language]*table{
	Turkish: single(map[byte]rune{
		0x47: 'Ğ', 0x49: 'İ', 0x53: 'Ş', 0x63: 'ç', 0x67: 'ğ', 0x69: 'ı', 0x73: 'ş',
	}),
	Spanish: single(map[byte]rune{
		0x09: 'ç', 0x41: 'Á', 0x49: 'Í', 0x4F: 'Ó', 0x55: 'Ú', 0x61: 'á', 0x69: 'í', 0x6F: 'ó', 0x75: 'ú',
	}),
	Portuguese: single(map[byte]rune{
		0x05: 'ê', 0x09: 'ç', 0x0B: 'Ô', 0x0C: 'ô', 0x0E: 'Á', 0x0F: 'á', 0x12: 'Φ', 0x13: 'Γ', 0x15: 'Ω', 0x16: 'Π',
		0x17: 'Ψ', 0x18: 'Σ', 0x19: 'Θ', 0x1F: 'Ê', 0x41: 'À', 0x49: 'Í', 0x4F: 'Ó', 0x55: 'Ú', 0x5B: 'Ã', 0x5C: 'Õ',
		0x61: 'Â', 0x69: 'í', 0x6F: 'ó', 0x75: 'ú', 0x7B: 'ã', 0x7C: 'õ', 0x7F: 'â',
	}),
}

// tables of a message; known is false where its header asks for one that is not here.
func tables(h Header) (main, shifted *table, known bool) {
	main, shifted = base, extended
	if h.Locking != 0 {
		main = lockingTables[h.Locking]
	}
	if h.Single != 0 {
		shifted = singleTables[h.Single]
	}
	return main, shifted, main != nil && shifted != nil
}
