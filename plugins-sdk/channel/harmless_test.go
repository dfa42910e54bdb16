package channel

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"modulo.pdf":                       "modulo.pdf",
		"../../etc/passwd":                 "passwd",
		`C:\Users\x\foto.jpg`:              "foto.jpg",
		"a\r\nContent-Type: x":             "aContent-Type: x",
		"gpj.\u202Eexe.txt":                "gpj.exe.txt",
		"":                                 "file",
		"..":                               "file",
		"dir/":                             "file",
		" \t ":                             "file",
		"caff\xe8.txt":                     "caff\uFFFD.txt",
		strings.Repeat("è", 200):           strings.Repeat("è", 127),
		"a\u2028b\u2029c":                  "abc",
		"Carta d’identità (copia) [1].PDF": "Carta d’identità (copia) [1].PDF",
	} {
		require.Equal(t, want, CleanName(in), "%q", in)
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("a/b\\c\x00\r\n\u202e")
	f.Fuzz(func(t *testing.T, name string) {
		clean := CleanName(name)
		require.NotEmpty(t, clean)
		require.LessOrEqual(t, len(clean), maxName)
		require.True(t, utf8.ValidString(clean))
		require.NotContains(t, clean, "/")
		require.Equal(t, clean, CleanName(clean), "cleaning twice changes nothing")
		line := OneLine(name)
		require.Equal(t, line, OneLine(line))
		require.False(t, strings.ContainsFunc(line, unicode.IsControl))
	})
}

func TestHealthKeepsTheBeginning(t *testing.T) {
	t.Parallel()
	health := NewHealth()
	_, changed := health.Status()
	since := time.Unix(5, 0)
	health.Report(Status{State: HealthDown, Code: "dial", Since: since})
	<-changed
	health.Report(Status{State: HealthDown, Code: "dial", Detail: "still"})
	now, changed := health.Status()
	require.Equal(t, since, now.Since, "the same trouble since the first time")
	require.Equal(t, "still", now.Detail)
	health.Report(now)
	select {
	case <-changed:
		require.FailNow(t, "nothing changed")
	default:
	}
	health.Report(Status{State: HealthHealthy})
	now, _ = health.Status()
	require.NotEqual(t, since, now.Since)
}

func TestFailureReads(t *testing.T) {
	t.Parallel()
	require.Equal(t, "smtp.rcpt: no such user: EOF", RecipientRefused("smtp.rcpt", "no such user", io.EOF).Error())
	require.Equal(t, "failure without detail", (&Failure{}).Error())
	require.ErrorIs(t, Transient("x", "", io.EOF), io.EOF)
	require.Zero(t, RateLimited(-time.Second, nil).RetryAfter)
}

func TestHTTPAdapter(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /c/sms/1/push/{account}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || Action(r.Context()) != "push" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		if err := Emit(r.Context(), Event{ID: string(body), Body: &Unparsed{}}); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Account", r.PathValue("account"))
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("X-Late", "ignored")
		_, _ = io.WriteString(w, r.RemoteAddr)
	})
	call := func(body string) (HTTPResponse, error) {
		return HTTP(mux).HandleHTTP(t.Context(), HTTPRequest{
			Action: "push", Method: http.MethodPost, URL: "https://town.example/c/sms/1/push/7",
			Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), RemoteIP: "192.0.2.7",
		})
	}
	response, err := call("event-1")
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, response.Status)
	require.Equal(t, http.Header{"X-Account": {"7"}}, response.Header)
	require.Equal(t, "192.0.2.7", string(response.Body))
	require.Len(t, response.Events, 1)
	response, err = call("")
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, response.Status, "an event without id is the author's mistake")
	require.Empty(t, response.Events)
}

func TestHTTPAdapterBounds(t *testing.T) {
	t.Parallel()
	handler := HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := Emit(r.Context(), Event{ID: "x", Body: &Unparsed{}}); err != nil {
			panic(err)
		}
		if r.URL.Path == "/large" {
			_, _ = w.Write(make([]byte, maxResponse+1))
			return
		}
		w.WriteHeader(http.StatusTeapot)
	}))
	call := func(target string) (HTTPResponse, error) {
		return handler.HandleHTTP(t.Context(), HTTPRequest{Method: http.MethodGet, URL: target, Body: http.NoBody})
	}
	_, err := call("https://x/large")
	require.Error(t, err)
	_, err = call("://")
	require.Error(t, err)
	response, err := call("https://x/")
	require.NoError(t, err)
	require.Empty(t, response.Events, "who was told no has given nothing")
	require.Error(t, Emit(t.Context(), Event{ID: "x", Body: &Unparsed{}}), "outside of a request")
	require.Empty(t, Action(t.Context()))
}
