package script

import "slices"

// Client is the mail program a citizen writes with.
type Client string

// The mail programs, each with its own habits of markup, quoting and signature.
const (
	Gmail       Client = "gmail"
	Outlook     Client = "outlook"
	Thunderbird Client = "thunderbird"
	IPhone      Client = "iphone"
	Android     Client = "android"
)

// Role is a part people play in town; some letters only make sense from someone who plays it.
type Role string

// The roles. A letter names the one it needs in the third column of its heading.
const (
	Parent   Role = "genitore"
	Driver   Role = "automobilista"
	Owner    Role = "proprietario"
	Elder    Role = "anziano"
	Newcomer Role = "arrivato"
	Surveyor Role = "tecnico"
	Teacher  Role = "insegnante"
	Business Role = "impresa"
	Club     Role = "associazione"
	Young    Role = "giovane"
)

// Citizen is a person of Valdoria.
type Citizen struct {
	Address string
	First   string
	Last    string
	Phone   string
	Street  string
	Number  string
	Child   string // a child's first name, where letters need one
	Client  Client
	Roles   []Role
	BioIT   string
	BioEN   string
}

// Name returns first and last name.
func (c Citizen) Name() string { return c.First + " " + c.Last }

// Initials returns the two letters of the citizen's badge.
func (c Citizen) Initials() string { return string([]rune(c.First)[:1]) + string([]rune(c.Last)[:1]) }

// Citizens returns the people of the demonstration.
func Citizens() []Citizen { return slices.Clone(citizens) }

// CitizenAt returns the citizen who has an address.
func CitizenAt(address string) (Citizen, bool) {
	i := slices.IndexFunc(citizens, func(c Citizen) bool { return c.Address == address })
	if i < 0 {
		return Citizen{}, false
	}
	return citizens[i], true
}

var citizens = []Citizen{
	{
		"giulia.ferrero@posta.example", "Giulia", "Ferrero", "+39 333 555 0101", "via dei Mille", "14", "Tommaso", Gmail, []Role{Parent, Driver},
		"Infermiera, 38 anni, due bambini alla primaria Rodari. Scrive la sera, breve e precisa.",
		"Nurse, 38, two children at the Rodari primary school. Writes in the evening, short and to the point.",
	},
	{
		"carlo.bonfanti@libero-mail.example", "Carlo", "Bonfanti", "+39 0171 555 102", "viale Stazione", "3", "Marco", Outlook, []Role{Owner, Driver, Elder},
		"Ragioniere in pensione, 71 anni. Conserva tutto e cita gli articoli di legge.",
		"Retired accountant, 71. Keeps every paper and quotes the law.",
	},
	{
		"amina.elidrissi@posta.example", "Amina", "El Idrissi", "+39 320 555 0103", "via Roma", "52", "Sara", Android, []Role{Parent, Newcomer},
		"Sarta, 34 anni, in Italia dal 2011. Chiede conferma di ogni passaggio.",
		"Tailor, 34, in Italy since 2011. Asks to have every step confirmed.",
	},
	{
		"luca.marchetti@mail.valdoria.example", "Luca", "Marchetti", "+39 347 555 0104", "vicolo del Forno", "7", "Elia", IPhone, []Role{Driver, Parent},
		"Corriere, 29 anni. Scrive dal telefono tra una consegna e l'altra.",
		"Courier, 29. Writes on his phone between two deliveries.",
	},
	{
		"studio.rinaldi@studio-tecnico.example", "Paola", "Rinaldi", "+39 0171 555 105", "piazza del Mercato", "1", "Irene", Outlook, []Role{Surveyor, Driver},
		"Geometra, 46 anni. Pratiche edilizie con allegati pesanti e scadenze vicine.",
		"Surveyor, 46. Building files with heavy attachments and close deadlines.",
	},
	{
		"nonna.teresa@libero-mail.example", "Teresa", "Oddone", "+39 0171 555 106", "via della Fontana", "21", "Paolo", Android, []Role{Elder},
		"Vedova, 83 anni. La nipote le ha insegnato la posta elettronica l'anno scorso.",
		"Widow, 83. Her granddaughter taught her e-mail last year.",
	},
	{
		"davide.colombo@posta.example", "Davide", "Colombo", "+39 339 555 0107", "via Garibaldi", "88", "Anna", Thunderbird, []Role{Owner, Driver, Parent},
		"Sistemista, 41 anni, ciclista. Segnala buche con coordinate e fotografie.",
		"System administrator, 41, cyclist. Reports potholes with coordinates and photographs.",
	},
	{
		"francesca.neri@mail.valdoria.example", "Francesca", "Neri", "+39 348 555 0108", "corso Italia", "10", "Giorgio", IPhone, []Role{Teacher, Owner, Club},
		"Maestra alla Calvino, 52 anni, anima della Lanterna: feste, orti, cani, sale comunali.",
		"Teacher at the Calvino school, 52, soul of the Lanterna club: fairs, gardens, dogs, rooms.",
	},
	{
		"bar.centrale@posta.example", "Salvatore", "Greco", "+39 0171 555 109", "piazza del Mercato", "5", "Rosa", Gmail, []Role{Business, Driver},
		"Gestisce il Bar Centrale, 57 anni. Dehors, musica, e poca pazienza per i moduli.",
		"Runs the Bar Centrale, 57. Outdoor tables, music, and little patience for forms.",
	},
	{
		"marta.kovac@posta.example", "Marta", "Kovač", "+39 327 555 0110", "via dei Mille", "30", "Luka", Gmail, []Role{Newcomer, Parent},
		"Traduttrice, 36 anni, appena arrivata con marito e figlio. Tutto da registrare.",
		"Translator, 36, just moved here with husband and son. Everything still to be registered.",
	},
	{
		"piero.galli@libero-mail.example", "Piero", "Galli", "+39 335 555 0111", "strada del Molino", "2", "Silvia", Outlook, []Role{Owner, Driver, Elder},
		"Agricoltore, 63 anni. Scrive in maiuscolo quando è arrabbiato, cioè spesso.",
		"Farmer, 63. Writes in capitals when he is angry, which is often.",
	},
	{
		"chiara.deluca@posta.example", "Chiara", "De Luca", "+39 331 555 0112", "via Roma", "9", "Leo", Gmail, []Role{Young},
		"Studentessa, 22 anni, fuori sede. Emoji, domande veloci, risposte nella notte.",
		"Student, 22, away at university. Emoji, quick questions, answers at night.",
	},
}
