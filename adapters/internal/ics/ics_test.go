package ics

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func rome(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Rome")
	require.NoError(tb, err)
	return zone
}

func calendar(method string, lines ...string) string {
	all := append([]string{"BEGIN:VCALENDAR", "METHOD:" + method, "BEGIN:VTIMEZONE", "TZID:x", "BEGIN:STANDARD", "DTSTART:16010101T030000",
		"END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT"}, lines...)
	return strings.Join(append(all, "BEGIN:VALARM", "DESCRIPTION:Promemoria", "END:VALARM", "END:VEVENT", "END:VCALENDAR", ""), "\r\n")
}

func TestSummary(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"Outlook": {
			calendar("REQUEST", "ORGANIZER;CN=Ing. Carla Riva:mailto:c.riva@studio.example", "DESCRIPTION;LANGUAGE=it-IT:Portare la planimetria\\, grazie.\\nA presto",
				"SUMMARY;LANGUAGE=it-IT:Sopralluogo via Roma", "DTSTART;TZID=W. Europe Standard Time:20260302T090000", "DTEND;TZID=W. Europe Standard Time:20260302T103000",
				"LOCATION;LANGUAGE=it-IT:Via Roma 1\\, Valdo", " ria"),
			"Invito a un appuntamento\nCosa: Sopralluogo via Roma\nQuando: lunedì 2 marzo 2026, ore 09:00–10:30\nDove: Via Roma 1, Valdoria\n" +
				"Organizza: Ing. Carla Riva <c.riva@studio.example>\n\nPortare la planimetria, grazie.\nA presto",
		},
		"UTC and duration": {
			calendar("REQUEST", "SUMMARY:Visita", "DTSTART:20260701T080000Z", "DURATION:PT1H30M", "ORGANIZER:MAILTO:a@b.example"),
			"Invito a un appuntamento\nCosa: Visita\nQuando: mercoledì 1 luglio 2026, ore 10:00–11:30\nOrganizza: a@b.example",
		},
		"a whole day": {
			calendar("PUBLISH", "SUMMARY:Chiusura", "DTSTART;VALUE=DATE:20260815", "DTEND;VALUE=DATE:20260816"),
			"Appuntamento\nCosa: Chiusura\nQuando: sabato 15 agosto 2026, tutto il giorno",
		},
		"several days": {
			calendar("CANCEL", "SUMMARY:Fiera", "DTSTART;VALUE=DATE:20260814", "DTEND;VALUE=DATE:20260817", "RRULE:FREQ=YEARLY;COUNT=3"),
			"Appuntamento annullato\nCosa: Fiera\nQuando: da venerdì 14 agosto 2026 a domenica 16 agosto 2026\nSi ripete: ogni anno",
		},
		"over midnight, elsewhere": {
			calendar("REQUEST", "SUMMARY:Volo", "DTSTART;TZID=America/New_York:20260302T220000", "DTEND;TZID=America/New_York:20260303T010000", "X-GOOGLE-CONFERENCE:https://meet.example/x"),
			"Invito a un appuntamento\nCosa: Volo\nQuando: da lunedì 2 marzo 2026, ore 22:00 a martedì 3 marzo 2026, ore 01:00 (ora di America/New_York)\nCollegamento: https://meet.example/x",
		},
		"an answer": {
			calendar("REPLY", "SUMMARY:Sopralluogo", "DTSTART:20260302T080000Z", `ATTENDEE;PARTSTAT=DECLINED;CN="Rossi; Anna":mailto:anna@posta.example`, "ORGANIZER:mailto:urp@comune.example"),
			"Invito rifiutato da Rossi; Anna <anna@posta.example>\nCosa: Sopralluogo\nQuando: lunedì 2 marzo 2026, ore 09:00",
		},
		"no time that can be read": {calendar("COUNTER", "SUMMARY:X", "DTSTART:domani"), "Proposta di un altro orario\nCosa: X\nQuando: domani"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ok := Parse([]byte(tt.in))
			require.True(t, ok)
			require.Equal(t, tt.want, c.Summary(rome(t)))
		})
	}
}

func TestNothingToSay(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "BEGIN:VCALENDAR", "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x\nEND:VTODO", "testo\nqualunque"} {
		_, ok := Parse([]byte(s))
		require.False(t, ok, s)
	}
}

func TestManyEvents(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("BEGIN:VEVENT\nSUMMARY:Turno\nEND:VEVENT\n", 100)
	c, ok := Parse([]byte("BEGIN:VCALENDAR\n" + many))
	require.True(t, ok)
	require.Len(t, c.Events, maxEvents)
	require.Contains(t, c.Summary(rome(t)), "E altri 15 appuntamenti")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(calendar("REQUEST", "SUMMARY:a", "DTSTART:20260302T080000Z", "DURATION:P9999W", "ATTENDEE;CN=\"x:mailto:y")))
	f.Add([]byte(calendar("REPLY", "DTSTART;TZID=\x00:20260302", "DTEND:99990302", "RRULE:FREQ=\xff")))
	zone := rome(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, ok := Parse(b)
		if !ok {
			return
		}
		s := c.Summary(zone)
		require.True(t, utf8.ValidString(s))
		require.False(t, strings.ContainsAny(s, "\x00\r\x1b"))
	})
}
