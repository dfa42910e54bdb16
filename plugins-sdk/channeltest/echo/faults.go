package echo

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"

	"sportello.dev/plugins-sdk/channel"
)

// Faults are the ways in which the adapter fails on demand.
type Faults struct {
	// Send is one of the send faults; empty is none.
	Send string `json:"send,omitempty" jsonschema:"enum=transient,enum=rate_limited,enum=recipient,enum=content,enum=config,enum=opted_out,enum=unknown,enum=plain,enum=die_before,enum=die_after,enum=hang,enum=panic,enum=oversize" it:"Invio|Come fallisce un invio" en:"Send|How a send fails"`
	// Ingest is die_before or die_after the delivery of an event.
	Ingest string `json:"ingest,omitempty" jsonschema:"enum=die_before,enum=die_after" it:"Arrivo|Quando muore consegnando" en:"Ingest|When it dies delivering"`
	// Close is hang.
	Close string `json:"close,omitempty" jsonschema:"enum=hang" it:"Chiusura|Come fallisce la chiusura" en:"Close|How closing fails"`
	// Open is hang, panic, transient or config.
	Open string `json:"open,omitempty" jsonschema:"enum=panic,enum=transient,enum=config" it:"Apertura|Come fallisce l'apertura" en:"Open|How opening fails"`
	// KillsParser and PanicsParser are words; an original that has one kills the process, or panics the parser.
	KillsParser  string `json:"kills_parser,omitempty" it:"Parola che uccide|Il processo muore leggendola" en:"Killing word|The process dies reading it"`
	PanicsParser string `json:"panics_parser,omitempty" it:"Parola che rompe|La lettura si rompe" en:"Breaking word|Parsing panics on it"`
	// HostileLog writes lines to standard error that a host may stumble over.
	HostileLog bool `json:"hostile_log,omitempty" it:"Log ostile|Righe malformate sullo standard error" en:"Hostile log|Malformed lines on standard error"`
	// Environment logs the environment of the process.
	Environment bool `json:"environment,omitempty" it:"Ambiente|Scrive l'ambiente nel log" en:"Environment|Logs the environment"`
	// Once removes the control file after the fault.
	Once bool `json:"once,omitempty" it:"Una volta|Il guasto vale una volta" en:"Once|The fault happens once"`
}

const (
	faultDieBefore = "die_before"
	faultDieAfter  = "die_after"
	faultHang      = "hang"
	faultPanic     = "panic"
	faultOversize  = "oversize"
)

// faults are those of the control file, or else of the configuration.
func (e *echo) faults() Faults {
	if e.config.Control == "" {
		return e.config.Faults
	}
	e.control.Lock()
	defer e.control.Unlock()
	content, err := os.ReadFile(e.config.Control)
	if err != nil {
		return e.config.Faults
	}
	var faults Faults
	if err := json.Unmarshal(content, &faults); err != nil {
		e.Log.Warn("the control file cannot be read", "error", err)
	}
	return faults
}

// sendFault takes the fault of one send.
func (e *echo) sendFault() string {
	faults := e.faults()
	if faults.Once && faults.Send != "" && e.config.Control != "" {
		// A file that is gone already has done its work.
		_ = os.Remove(e.config.Control)
	}
	return faults.Send
}

func (e *echo) faultsAtOpen() error {
	faults := e.faults()
	if faults.HostileLog {
		hostileLog()
	}
	if faults.Environment {
		e.Log.Info("environment", "environ", os.Environ())
	}
	switch faults.Open {
	case faultPanic:
		panic("told to panic on opening")
	case "transient":
		return channel.Transient("echo.open", "told to fail", nil)
	case "config":
		return channel.Misconfigured("echo.open", "told to fail", nil)
	}
	return nil
}

// hostileLog writes past the logger, to the process's own standard error.
func hostileLog() {
	long := strings.Repeat("x", 200<<10)
	for _, line := range []string{
		`{"@message":1}`, `{"@level":[],"@timestamp":{}}`, `{"level":7,"msg":null,"time":{}}`, `{`, "\x00\xff\x1b[2J", long,
		"panic: not really", `{"level":"ERROR","msg":"` + long + `"}`,
	} {
		// What cannot be written cannot do harm.
		_, _ = syscall.Write(syscall.Stderr, []byte(line+"\n"))
	}
}

func (e *echo) faultsWhileParsing(original []byte) {
	faults := e.faults()
	e.dieIf(faults.KillsParser != "" && strings.Contains(string(original), faults.KillsParser))
	if faults.PanicsParser != "" && strings.Contains(string(original), faults.PanicsParser) {
		panic("told to panic on this original")
	}
}

// dieIf ends the process as a crash does: nothing is flushed, closed or said.
func (e *echo) dieIf(die bool) {
	if !die {
		return
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		panic(fmt.Sprintf("dying: %v", err))
	}
	select {}
}

// failure is the answer of a provider that refuses.
func failure(fault string) error {
	switch fault {
	case "transient":
		return channel.Transient("echo.transient", "told to fail", nil)
	case "rate_limited":
		return channel.RateLimited(retryAfter, nil)
	case "recipient":
		return channel.RecipientRefused("echo.recipient", "told to fail", nil).WithProviderCode("550")
	case "content":
		return channel.ContentRefused("echo.content", "told to fail", nil)
	case "config":
		return channel.Misconfigured("echo.config", "told to fail", nil)
	case "opted_out":
		return channel.OptedOut("echo.opted_out", "told to fail", nil)
	case "unknown":
		return channel.UnknownOutcome("echo.unknown", "told to fail", nil)
	case "plain":
		return errTold
	}
	return nil
}
