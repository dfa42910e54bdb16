// Package api is the simulated world's remote control: JSON over HTTP for scripts that are not part of this program.
package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/internal/postbox"
	"sportello.dev/adapters/simulator/journal"
)

const (
	maxBody = 64 << 10 // bytes of a request
	maxPage = 1000     // entries of a list
)

// Control is what the world lets a script do beside reading.
type Control struct {
	Store     *postbox.Store
	Directory *directory.Directory
	Journal   *journal.Journal
	Faults    *fault.Board
	Logger    *slog.Logger
	CAPEM     []byte
	// CutIMAP breaks the IMAP connections of an account, or all for "".
	CutIMAP func(account string) int
	// Renumber gives a mailbox a new UIDVALIDITY and new UIDs.
	Renumber func(account, box string) (uint32, error)
}

// Handler serves the routes under /api/.
func (c *Control) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/health", func(w http.ResponseWriter, _ *http.Request) {
		c.write(w, http.StatusOK, map[string]any{"status": "ok", "messages": c.Journal.Len()})
	})
	mux.HandleFunc("GET /api/messages", c.messages)
	mux.HandleFunc("GET /api/ca.pem", c.ca)
	mux.HandleFunc("GET /api/mailboxes", c.accounts)
	mux.HandleFunc("GET /api/mailboxes/{address}/{box}", c.mailbox)
	mux.HandleFunc("GET /api/mailboxes/{address}/{box}/{uid}", c.raw)
	mux.HandleFunc("POST /api/mailboxes/{address}/{box}/renumber", c.renumber)
	mux.HandleFunc("POST /api/imap/cut", c.cut)
	mux.HandleFunc("GET /api/faults", c.faults)
	mux.HandleFunc("POST /api/faults", c.setFault)
	mux.HandleFunc("DELETE /api/faults", c.clearFaults)
	mux.HandleFunc("DELETE /api/faults/{id}", c.removeFault)
	return mux
}

// messages lists the journal from ?after= on, oldest first; "next" goes into the following request.
func (c *Control) messages(w http.ResponseWriter, r *http.Request) {
	after, err := number(r.FormValue("after"), 0)
	limit, err2 := number(r.FormValue("limit"), maxPage)
	if err := errors.Join(err, err2); err != nil {
		c.fail(w, http.StatusBadRequest, err)
		return
	}
	items := c.Journal.After(after, int(min(max(limit, 1), maxPage)))
	next := after
	if len(items) > 0 {
		next = items[len(items)-1].Seq
	}
	c.write(w, http.StatusOK, map[string]any{"items": items, "next": next, "total": c.Journal.Len()})
}

func (c *Control) ca(w http.ResponseWriter, _ *http.Request) {
	if len(c.CAPEM) == 0 {
		c.fail(w, http.StatusNotFound, errors.New("this world runs without TLS"))
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(c.CAPEM)
}

func (c *Control) accounts(w http.ResponseWriter, _ *http.Request) {
	c.write(w, http.StatusOK, map[string]any{"items": c.Store.Addresses()})
}

// message is what the list of a mailbox says of each message.
type message struct {
	UID       uint32   `json:"uid"`
	At        string   `json:"at"`
	Size      int64    `json:"size"`
	Flags     []string `json:"flags"`
	From      string   `json:"from"`
	Subject   string   `json:"subject"`
	MessageID string   `json:"message_id"`
}

func (c *Control) mailbox(w http.ResponseWriter, r *http.Request) {
	box, ok := c.box(w, r)
	if !ok {
		return
	}
	items := []message{}
	for _, m := range box.Messages() {
		raw, err := box.Raw(m.UID)
		if err != nil {
			continue // expunged since the list was made
		}
		l := letter.ParseHeader(raw)
		flags := []string{}
		for _, f := range m.Flags {
			flags = append(flags, string(f))
		}
		items = append(items, message{
			UID: uint32(m.UID), At: m.At.Format("2006-01-02T15:04:05Z07:00"), Size: m.Size, Flags: flags,
			From: l.From.Address, Subject: l.Subject, MessageID: l.MessageID,
		})
	}
	c.write(w, http.StatusOK, map[string]any{"items": items, "uidvalidity": box.Validity()})
}

func (c *Control) raw(w http.ResponseWriter, r *http.Request) {
	box, ok := c.box(w, r)
	if !ok {
		return
	}
	uid, err := strconv.ParseUint(r.PathValue("uid"), 10, 32)
	if err != nil {
		c.fail(w, http.StatusBadRequest, errors.New("uid is not a number"))
		return
	}
	raw, err := box.Raw(imap.UID(uid))
	if err != nil {
		c.fail(w, http.StatusNotFound, err)
		return
	}
	w.Header().Set("Content-Type", "message/rfc822")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(raw) //nolint:gosec // a message, declared as such and never to be taken for a page
}

func (c *Control) box(w http.ResponseWriter, r *http.Request) (*postbox.Box, bool) {
	account, ok := c.Store.Account(c.Directory.Resolve(r.PathValue("address")).Account)
	if !ok {
		c.fail(w, http.StatusNotFound, errors.New("no such account"))
		return nil, false
	}
	box, err := account.Box(r.PathValue("box"))
	if err != nil {
		c.fail(w, http.StatusNotFound, err)
		return nil, false
	}
	return box, true
}

func (c *Control) renumber(w http.ResponseWriter, r *http.Request) {
	box, ok := c.box(w, r)
	if !ok {
		return
	}
	validity, err := c.Renumber(c.Directory.Resolve(r.PathValue("address")).Account, box.Name())
	if err != nil {
		c.fail(w, http.StatusInternalServerError, err)
		return
	}
	c.write(w, http.StatusOK, map[string]any{"uidvalidity": validity})
}

func (c *Control) cut(w http.ResponseWriter, r *http.Request) {
	account := ""
	if address := r.FormValue("account"); address != "" {
		account = c.Directory.Resolve(address).Account
	}
	c.write(w, http.StatusOK, map[string]any{"cut": c.CutIMAP(account)})
}

func (c *Control) faults(w http.ResponseWriter, _ *http.Request) {
	c.write(w, http.StatusOK, map[string]any{"items": c.Faults.List()})
}

func (c *Control) setFault(w http.ResponseWriter, r *http.Request) {
	var f fault.Fault
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		c.fail(w, http.StatusBadRequest, err)
		return
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		c.fail(w, http.StatusBadRequest, errors.New("one fault at a time"))
		return
	}
	set, err := c.Faults.Set(f)
	if err != nil {
		c.fail(w, http.StatusUnprocessableEntity, err)
		return
	}
	c.write(w, http.StatusCreated, set)
}

func (c *Control) clearFaults(w http.ResponseWriter, _ *http.Request) {
	c.Faults.Clear()
	w.WriteHeader(http.StatusNoContent)
}

func (c *Control) removeFault(w http.ResponseWriter, r *http.Request) {
	id, err := number(r.PathValue("id"), 0)
	if err != nil || !c.Faults.Remove(id) {
		c.fail(w, http.StatusNotFound, errors.New("no such fault, or it has shown as often as asked"))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *Control) write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		c.Logger.Debug("the client did not take the answer", "error", err)
	}
}

func (c *Control) fail(w http.ResponseWriter, status int, err error) {
	c.write(w, status, map[string]any{"error": err.Error()})
}

func number(s string, otherwise int64) (int64, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, errors.New("not a number: " + strconv.Quote(s))
	}
	return n, nil
}
