//go:build bench

package bench

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

var textsOut = flag.Int("texts-out", 10_000, "texts to citizens that wait to leave, each on a ticket of its own")

// sendWindow is how many texts may wait for the message centre's answer.
const sendWindow = 50

// TestBenchTextsOut measures how fast texts that wait leave through the adapter's process to the simulated message
// centre, each with its attempt committed before the call and its result after it.
func TestBenchTextsOut(t *testing.T) {
	for _, receipts := range []bool{false, true} {
		url := server(t)
		least := newLimit(t, url)
		h := startHub(t, url)
		world := startWorld(t)
		texts := addCentre(t, h, world, map[string]any{"window": sendWindow, "receipts": receipts})
		what := fmt.Sprintf("texts out, window %d, without receipts", sendWindow)
		if receipts {
			what = fmt.Sprintf("texts out, window %d, each receipt filed beside", sendWindow)
		}
		measured := least.beside(t, what, func() float64 {
			queue(t, h, texts, *textsOut)
			defer profile(t, h.Pool, what)()
			return leave(t, h, texts)
		})
		measured.bound = "processor time of four processes on two cores: PostgreSQL, hub, adapter, centre"
		measured.cpu = ""
		report(t, "Text messages", measured)
	}
}

// queue writes so many conversations of a citizen's text and the town's answer in one transaction: all are due at once.
func queue(t *testing.T, h *app.App, by id.Channel, n int) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), h.Pool, func(tx pgx.Tx) error {
		offices, err := h.Offices.List(t.Context(), tx)
		if err != nil {
			return err
		}
		numbers, err := h.Tickets.Numbers(t.Context(), tx, slices.Repeat([]time.Time{time.Now()}, n))
		if err != nil {
			return err
		}
		var all []delivery.Outgoing
		f := h.Tickets.NewFiling()
		for i, number := range numbers {
			all = append(all, converse(f, offices[0].ID, by, number, fmt.Sprintf("+39333%07d", i)))
		}
		if err := f.Write(t.Context(), tx); err != nil {
			return err
		}
		_, err = h.Deliveries.Enqueue(t.Context(), tx, all...)
		return err
	}))
}

func converse(f *ticket.Filing, o id.Office, by id.Channel, number ticket.Number, phone string) delivery.Outgoing {
	from := ticket.Address{Kind: "mobile", Value: phone}
	opened := f.Open(account.System(), number, ticket.Opening{Subject: "Lampione spento", Office: o, Language: "it"})
	asked := f.Inbound(opened, ticket.Inbound{
		Channel: by, ChannelKind: "sms", From: from, Text: "Buongiorno, il lampione di via Roma è ancora spento.",
	})
	answered := f.Outbound(opened, account.System(), ticket.Outbound{
		Channel: by, ChannelKind: "sms", Origin: ticket.OriginOperator, Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: from}},
		Text: "Buongiorno, la squadra passa domani mattina. Grazie della segnalazione.", Answers: asked, Status: ticket.StatusWaitingCitizen,
	})
	return delivery.Outgoing{
		Message: answered, Ticket: opened.ID, Channel: by, Recipients: []delivery.Recipient{{Kind: from.Kind, Value: from.Value}},
	}
}

// leave waits until nothing waits any more and says how many a second were taken by the centre.
func leave(t *testing.T, h *app.App, by id.Channel) float64 {
	t.Helper()
	began := time.Now()
	require.Eventually(t, func() bool {
		var waiting int
		err := h.Pool.QueryRow(t.Context(), `SELECT count(*) FROM delivery WHERE channel_id = $1 AND state IN ('queued', 'sending')`, by).Scan(&waiting)
		require.NoError(t, err)
		return waiting == 0
	}, 5*time.Minute, 50*time.Millisecond)
	took := time.Since(began)
	var taken int
	require.NoError(t, h.Pool.QueryRow(t.Context(), `
		SELECT count(*) FROM delivery d WHERE channel_id = $1 AND state IN ('accepted', 'sent', 'delivered')
		  AND (SELECT count(*) FROM attempt a WHERE a.transmission_id = d.transmission_id AND a.finished_at IS NOT NULL) = 1`, by).Scan(&taken))
	require.Equal(t, *textsOut, taken, "each taken, with one attempt on record")
	return float64(taken) / took.Seconds()
}
