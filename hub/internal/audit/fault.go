package audit

import (
	"fmt"
	"strconv"
)

// The codes of what can be wrong with the log.
const (
	FaultMissing   = "missing"    // a place has no row
	FaultNoSeal    = "no_seal"    // a row has a place and no seal
	FaultKey       = "key"        // the key file lacks the key of a row
	FaultAltered   = "altered"    // a row is not what was sealed
	FaultRewritten = "rewritten"  // the end was cut off and written anew
	FaultCut       = "cut"        // exported places are not in the log
	FaultUnsealed  = "unsealed"   // rows have not been sealed for too long
	FaultHeadStale = "head_stale" // the exported head is behind the chain
)

// Fault is what is wrong with the log; its zero value is nothing.
type Fault struct {
	Code string `json:"code,omitempty"`
	// Place is the first bad place of the chain, Until the last one exported where the end is missing.
	Place int64 `json:"place,omitempty"`
	Until int64 `json:"until,omitempty"`
	// Row is the id of the bad row, or of the first one; Rows is how many there are.
	Row  int64 `json:"row,omitempty"`
	Rows int64 `json:"rows,omitempty"`
}

// None tells that nothing is wrong.
func (f Fault) None() bool { return f.Code == "" }

// Late tells that the log holds as far as it is sealed, and that sealing or exporting has stopped.
func (f Fault) Late() bool { return f.Code == FaultUnsealed || f.Code == FaultHeadStale }

// Params are the numbers for whoever words the fault.
func (f Fault) Params() map[string]string {
	params := map[string]string{}
	for name, n := range map[string]int64{"place": f.Place, "until": f.Until, "row": f.Row, "rows": f.Rows} {
		if n != 0 {
			params[name] = strconv.FormatInt(n, 10)
		}
	}
	return params
}

// String words the fault for the command line; "" is none.
func (f Fault) String() string {
	switch f.Code {
	case "":
		return ""
	case FaultMissing:
		return fmt.Sprintf("place %d is missing: its row was deleted or moved", f.Place)
	case FaultNoSeal:
		return fmt.Sprintf("place %d (row %d) has no seal", f.Place, f.Row)
	case FaultKey:
		return fmt.Sprintf("place %d (row %d) cannot be checked: the key file lacks its key", f.Place, f.Row)
	case FaultAltered:
		return fmt.Sprintf("place %d (row %d) was altered, inserted or moved", f.Place, f.Row)
	case FaultRewritten:
		return fmt.Sprintf("place %d (row %d) is not what was exported: the end was cut off and written anew", f.Place, f.Row)
	case FaultCut:
		return fmt.Sprintf("the end is missing: places %d to %d were exported and are not in the log", f.Place, f.Until)
	case FaultUnsealed:
		return fmt.Sprintf("%d rows are not sealed, the first is row %d: is the hub running?", f.Rows, f.Row)
	case FaultHeadStale:
		return fmt.Sprintf("the exported head is at place %d, the chain at %d: can the hub write its data directory?", f.Place, f.Until)
	}
	return f.Code
}
