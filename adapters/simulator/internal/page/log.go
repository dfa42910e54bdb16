package page

import (
	"net/http"
	"slices"

	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/journal"
)

const maxLog = 200 // entries shown

// logRow is an accepted message in the world's log.
type logRow struct {
	journal.Entry
	ToTown bool
}

func (s *site) log(w http.ResponseWriter, r *http.Request) {
	data := struct {
		Rows  []logRow
		Total int64
	}{Total: s.Journal.Len()}
	for _, e := range s.Journal.Latest(maxLog) {
		toTown := slices.ContainsFunc(e.To, func(a string) bool { return s.Directory.Resolve(a).Kind == directory.Town })
		data.Rows = append(data.Rows, logRow{Entry: e, ToTown: toTown})
	}
	s.render(w, r, http.StatusOK, "log", frame{Section: "log", Title: say(language(r), "log.title"), Refresh: true, Data: data})
}
