package ticket_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/ticket"
)

func TestForwardedFrom(t *testing.T) {
	t.Parallel()
	maria := ticket.Address{Kind: "email", Value: "maria.verdi@posta.example", Name: "Maria Verdi"}
	for name, c := range map[string]struct {
		subject, text string
		want          ticket.Address
	}{
		"Gmail": {"Fwd: Lampione", "Per voi.\n\n---------- Forwarded message ---------\nDa: Maria Verdi <Maria.Verdi@posta.example>\n" +
			"Date: lun 2 mar 2026 alle ore 09:00\nSubject: Lampione\nTo: <sindaco@comune.valdoria.example>\n\nÈ spento.", maria},
		"Gmail with stars": {"I: Lampione", "---------- Messaggio inoltrato ---------\n*Da:* Maria Verdi <maria.verdi@posta.example>\n*Data:* oggi\n", maria},
		"Apple Mail":       {"Inoltro: Lampione", "Inizio messaggio inoltrato:\n\n> Da: Maria Verdi <maria.verdi@posta.example>\n> Oggetto: Lampione\n", maria},
		"Outlook": {"I: Lampione", "________________________________\r\nDa: Maria Verdi <maria.verdi@posta.example>\r\nInviato: lunedì 2 marzo 2026 09:00\r\n" +
			"A: Sindaco\r\nOggetto: Lampione\r\n", maria},
		"Outlook's mailto": {"I: Lampione", "Da: Maria Verdi [mailto:maria.verdi@posta.example]\nInviato: lunedì\n", maria},
		"Thunderbird": {"Fwd: Lampione", "-------- Messaggio Inoltrato --------\nOggetto: \tLampione\nData: \tMon, 2 Mar 2026\n" +
			"Mittente: \tMaria Verdi <maria.verdi@posta.example>\nA: \tsindaco@comune.valdoria.example\n", maria},
		"no name":              {"FW: x", "From: maria.verdi@posta.example\nSent: Monday\n", ticket.Address{Kind: "email", Value: "maria.verdi@posta.example"}},
		"the first of a chain": {"I: I: x", "Da: Maria Verdi <maria.verdi@posta.example>\nOggetto: I: x\n\nDa: Ugo <ugo@altrove.example>\nOggetto: x\n", maria},
		"a broken name":        {"I: x", "Da: Maria, (Verdi <maria.verdi@posta.example>\nOggetto: x\n", ticket.Address{Kind: "email", Value: maria.Value, Name: "Maria, (Verdi"}},
		"no forward":           {"Re: x", "Da: Maria Verdi <maria.verdi@posta.example>\nOggetto: x\n", ticket.Address{}},
		"no head":              {"I: x", "Da: maria.verdi@posta.example vi saluta tanto.\nCiao", ticket.Address{}},
		"a sentence with da":   {"I: x", "Ho saputo\nDa: qualcuno\nche x\n", ticket.Address{}},
		"two addresses":        {"I: x", "Da: a@b.example, c@d.example\nOggetto: x\n", ticket.Address{}},
		"an address in the name": {"I: x", "Da: \"vittima@posta.example\" <maria.verdi@posta.example>\nOggetto: x\n",
			ticket.Address{Kind: "email", Value: maria.Value, Name: "vittima@posta.example"}},
		"empty": {"", "", ticket.Address{}},
	} {
		got, ok := ticket.ForwardedFrom(c.subject, c.text)
		require.Equal(t, c.want, got, name)
		require.Equal(t, !c.want.IsZero(), ok, name)
	}
}

func FuzzForwardedFrom(f *testing.F) {
	f.Add("I: x", "Da: Maria <m@p.example>\nOggetto: x\n")
	f.Add("", "---------- Forwarded message ---------\nFrom: a@b\nDate: x")
	f.Fuzz(func(t *testing.T, subject, text string) {
		a, ok := ticket.ForwardedFrom(subject, text)
		if ok != !a.IsZero() || len(a.Value) > 500 || len(a.Name) > 200 || ok && strings.ContainsAny(a.Value, "\r\n ") || utf8.ValidString(text) && !utf8.ValidString(a.Name) {
			t.Errorf("%q", a)
		}
	})
}
