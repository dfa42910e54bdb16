package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// desk is the hub's API, as anyone with a token uses it.
type desk struct {
	base, token string
	client      *http.Client
}

func newDesk(addr, token string) *desk {
	return &desk{base: "http://" + addr + "/api/v1", token: token, client: &http.Client{Timeout: 10 * time.Second}}
}

type ticket struct {
	Number  string `json:"number"`
	Version int64  `json:"version"`
}

type message struct {
	ID         string     `json:"id"`
	Ticket     string     `json:"ticket"`
	Direction  string     `json:"direction"`
	Class      string     `json:"class"`
	Subject    string     `json:"subject"`
	Text       string     `json:"text"`
	Reason     string     `json:"threading_reason"`
	Deliveries []delivery `json:"deliveries"`
	CreatedAt  time.Time  `json:"created_at"`
	From       struct {
		Address string `json:"address"`
	} `json:"from"`
}

type delivery struct {
	ID      string   `json:"id"`
	State   string   `json:"state"`
	Address string   `json:"address"`
	Error   *failure `json:"error"`
	Tries   []try    `json:"tries"`
	History []change `json:"history"`
}

type failure struct{ Class, Code, Text string }

type try struct {
	Number   int        `json:"number"`
	Started  time.Time  `json:"started_at"`
	Finished *time.Time `json:"finished_at"`
	Outcome  string     `json:"outcome"`
}

type change struct {
	From, To, Reason string
	At               time.Time
}

type quarantined struct {
	ID, From, Subject, Preview, Detail string
	Reason                             struct{ Code string }
}

// page is a list of anything.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// list reads all pages; more says after each whether to go on.
func list[T any](ctx context.Context, d *desk, path string, query url.Values, more func([]T) bool) error {
	query.Set("limit", "50")
	for {
		var p page[T]
		if err := d.get(ctx, path+"?"+query.Encode(), &p); err != nil {
			return err
		}
		if !more(p.Items) || p.Next == "" {
			return nil
		}
		query.Set("cursor", p.Next)
	}
}

func (d *desk) tickets(ctx context.Context, more func([]ticket) bool) error {
	return list(ctx, d, "/tickets", url.Values{"queue": {"all"}, "order": {"newest"}}, more)
}

func (d *desk) messages(ctx context.Context, number string) ([]message, error) {
	var all []message
	err := list(ctx, d, "/tickets/"+number+"/messages", url.Values{}, func(some []message) bool {
		all = append(all, some...)
		return true
	})
	return all, err
}

func (d *desk) quarantine(ctx context.Context) ([]quarantined, error) {
	var all []quarantined
	err := list(ctx, d, "/quarantine", url.Values{}, func(some []quarantined) bool {
		all = append(all, some...)
		return true
	})
	return all, err
}

func (d *desk) delivery(ctx context.Context, id string) (delivery, error) {
	var found delivery
	err := d.get(ctx, "/deliveries/"+id, &found)
	return found, err
}

// alive tells whether the hub answers and its database does.
func (d *desk) alive(ctx context.Context) bool {
	return d.get(ctx, "/health", nil) == nil
}

// reply hands in an answer; the same key again is the same answer.
func (d *desk) reply(ctx context.Context, number, key, text string) (message, error) {
	var made message
	err := d.create(ctx, "/tickets/"+number+"/replies", key, map[string]any{"text": text}, &made)
	return made, err
}

// consult asks an outside expert; the same key again asks nothing more.
func (d *desk) consult(ctx context.Context, number, key, expert, text string) error {
	return d.create(ctx, "/tickets/"+number+"/experts", key, map[string]any{"address": expert, "text": text}, nil)
}

func (d *desk) create(ctx context.Context, path, key string, content, into any) error {
	body, err := json.Marshal(content)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	return d.do(req, http.StatusCreated, into)
}

func (d *desk) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+path, http.NoBody)
	if err != nil {
		return err
	}
	return d.do(req, http.StatusOK, into)
}

// refusal is an answer other than the one hoped for.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return fmt.Sprintf("status %d: %s", r.status, r.text) }

func (d *desk) do(req *http.Request, want int, into any) error {
	req.Header.Set("Authorization", "Bearer "+d.token)
	resp, err := d.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != want {
		return &refusal{resp.StatusCode, string(body)}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("reading the answer to %s: %w", req.URL.Path, err)
	}
	return nil
}
