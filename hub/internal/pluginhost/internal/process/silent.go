package process

import "github.com/hashicorp/go-hclog"

// silent is the logger given to go-plugin. It is off, because the library parses each line of a program's log before
// it writes it to an enabled logger, and a line such as {"@message":1} ends the hub there.
type silent struct{ hclog.Logger }

func newSilent() hclog.Logger { return silent{hclog.NewNullLogger()} }

// GetLevel implements hclog.Logger.
func (silent) GetLevel() hclog.Level { return hclog.Off }

// Named implements hclog.Logger; go-plugin decides by the level of what it returns.
func (s silent) Named(string) hclog.Logger { return s }

// With implements hclog.Logger.
func (s silent) With(...any) hclog.Logger { return s }
