package delivery_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/delivery"
)

func TestTransitions(t *testing.T) {
	t.Parallel()
	cases := []struct {
		from, to delivery.State
		cause    delivery.Cause
		want     bool
	}{
		{delivery.Queued, delivery.Sending, delivery.ByWorker, true},
		{delivery.Queued, delivery.Sent, delivery.ByWorker, false},
		{delivery.Queued, delivery.Cancelled, delivery.ByOperator, true},
		{delivery.Sending, delivery.Cancelled, delivery.ByOperator, false},
		{delivery.Sending, delivery.Queued, delivery.ByClock, false},
		{delivery.Sending, delivery.Uncertain, delivery.ByClock, true},
		{delivery.Sent, delivery.Failed, delivery.ByReport, true},
		{delivery.Sent, delivery.Queued, delivery.ByWorker, false},
		{delivery.Delivered, delivery.Sent, delivery.ByReport, false},
		{delivery.Uncertain, delivery.Queued, delivery.ByWorker, false},
		{delivery.Uncertain, delivery.Queued, delivery.ByClock, false},
		{delivery.Uncertain, delivery.Queued, delivery.ByProof, true},
		{delivery.Uncertain, delivery.Queued, delivery.BySameKey, true},
		{delivery.Uncertain, delivery.Sent, delivery.ByOperator, true},
		{delivery.Failed, delivery.Queued, delivery.ByOperator, false},
		{delivery.Cancelled, delivery.Sending, delivery.ByWorker, false},
	}
	for _, c := range cases {
		require.Equal(t, c.want, c.from.May(c.to, c.cause), "%s -> %s by %s", c.from, c.to, c.cause)
	}
}

func TestNothingLeavesAFinalState(t *testing.T) {
	t.Parallel()
	all := []delivery.State{
		delivery.Queued, delivery.Sending, delivery.Accepted, delivery.Sent, delivery.Delivered,
		delivery.Read, delivery.Failed, delivery.Expired, delivery.Cancelled, delivery.Uncertain,
	}
	causes := []delivery.Cause{
		delivery.ByWorker, delivery.ByReport, delivery.ByProof, delivery.BySameKey, delivery.ByOperator, delivery.ByClock,
	}
	for _, from := range all {
		for _, to := range all {
			for _, cause := range causes {
				if from.Final() {
					require.False(t, from.May(to, cause), "%s -> %s by %s", from, to, cause)
				}
			}
		}
	}
}
