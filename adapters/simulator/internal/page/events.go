package page

import (
	"net/http"
	"time"
)

const (
	maxWatchers = 200 // open event streams
	heartbeat   = 20 * time.Second
)

// events tells the browser, as server-sent events, that something in the world changed; the page then asks what.
func (s *site) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.watchers <- struct{}{}:
		defer func() { <-s.watchers }()
	default:
		http.Error(w, "Troppe pagine aperte / Too many open pages", http.StatusServiceUnavailable)
		return
	}
	rings, stop := s.Store.Listen()
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	out := http.NewResponseController(w)
	line := ": hello\n\n"
	for {
		if _, err := w.Write([]byte(line)); err != nil || out.Flush() != nil {
			return // the browser went away
		}
		select {
		case <-rings:
			line = "event: change\ndata: 1\n\n"
		case <-beat.C:
			line = ": still here\n\n"
		case <-r.Context().Done():
			return
		}
	}
}
