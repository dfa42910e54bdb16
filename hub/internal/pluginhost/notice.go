package pluginhost

import (
	_ "embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

//go:embed notice.html
var noticeText string

var noticePage = template.Must(template.New("notice").Parse(noticeText))

// wait is how many seconds to wait after an answer that may be another one later.
var wait = map[int]int{http.StatusTooManyRequests: 5, http.StatusServiceUnavailable: 30}

// notice is what the hub itself answers in an adapter's place. A citizen's browser gets a page in plain words that says
// whether something was received; a program gets one line.
func notice(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	if seconds := wait[status]; seconds > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Error(w, strings.ToLower(http.StatusText(status)), status)
		return
	}
	secure(h, true)
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// A client that has gone needs no notice.
	_ = noticePage.Execute(w, struct {
		Status int
		Sent   bool
	}{status, r.Method == http.MethodPost})
}
