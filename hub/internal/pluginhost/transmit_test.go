package pluginhost_test

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/pluginhost/internal/rogue"
)

func transmission(c id.Channel) delivery.Transmission {
	return delivery.Transmission{
		ID: id.New[id.Transmission](), Channel: c, Attempt: 1, Origin: "operator",
		Content: delivery.Content{Subject: "Re", Text: "risposta"},
		Recipients: []delivery.Recipient{
			{Delivery: id.New[id.Delivery](), Kind: "web", Value: "a", Role: "to"},
			{Delivery: id.New[id.Delivery](), Kind: "web", Value: "b", Role: "cc"},
		},
	}
}

func requireNotAttempted(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, delivery.ErrNotAttempted)
}

func requireUnknown(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	require.NotErrorIs(t, err, delivery.ErrNotAttempted)
}

func sent(t *testing.T, dir string, tr delivery.Transmission) bool {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, tr.ID.String()+"-*.sent"))
	require.NoError(t, err)
	return len(found) == 1
}

func TestTransmitAnswersForEachDelivery(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	tr := transmission(c)
	results, err := r.Transmit(t.Context(), tr)
	require.NoError(t, err)
	require.Len(t, results, 2)
	require.Equal(t, delivery.Result{
		Delivery: tr.Recipients[0].Delivery, State: delivery.Sent,
		ExternalIDs: []delivery.ExternalID{{Kind: "rogue_id", Value: tr.Recipients[0].Delivery.String(), Issuer: "provider"}},
	}, results[0])
	require.True(t, sent(t, dir, tr))
}

func TestRefusalAndMissingAnswers(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	refusing, _ := o.rogueChannel("no", rogue.Settings{Send: "refuse"})
	silent, _ := o.rogueChannel("muto", rogue.Settings{Send: "silent"})
	r := o.start(nil)
	r.awaitOpen(refusing)
	r.awaitOpen(silent)

	results, err := r.Transmit(t.Context(), transmission(refusing))
	require.NoError(t, err)
	require.Equal(t, &delivery.Failure{Class: delivery.RecipientFault, Code: "rogue.no", Detail: "no such"}, results[0].Failure)

	tr := transmission(silent)
	results, err = r.Transmit(t.Context(), tr)
	require.NoError(t, err)
	require.Len(t, results, 1, "no answer is no result")
	require.Equal(t, tr.Recipients[1].Delivery, results[0].Delivery)
}

func TestProofsPutAsBlobsAreKept(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{Send: "prove"})
	r := o.start(nil)
	r.awaitOpen(c)
	results, err := r.Transmit(t.Context(), transmission(c))
	require.NoError(t, err)
	require.Equal(t, "receipt", string(results[0].Evidence))
	require.Equal(t, delivery.Sent, results[1].State, "counts without the proof that it never put")
	require.Empty(t, results[1].Evidence)
}

func TestRefusedAccountSuspendsTheChannel(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{Send: "config"})
	r := o.start(nil)
	r.awaitOpen(c)
	results, err := r.Transmit(t.Context(), transmission(c))
	require.NoError(t, err)
	require.Equal(t, delivery.ConfigFault, results[0].Failure.Class)
	require.Equal(t, "rogue.account", o.get(c).Suspension.Code)
	eventually(t, func() bool { return !r.channelStatus(c).Open }, "closed")
	_, err = r.Transmit(t.Context(), transmission(c))
	requireNotAttempted(t, err)
}

func TestNotAttemptedIsSaidOnlyWhenItIsCertain(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	off, dir := o.rogueChannel("uno", rogue.Settings{})
	require.NoError(t, o.channels.SetEnabled(t.Context(), o.pool, off, false))
	on, _ := o.rogueChannel("due", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(on)
	tr := transmission(off)
	_, err := r.Transmit(t.Context(), tr)
	requireNotAttempted(t, err)
	require.False(t, sent(t, dir, tr))

	_, err = r.Transmit(t.Context(), transmission(id.New[id.Channel]()))
	requireNotAttempted(t, err)

	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Transmit(over, transmission(on))
	requireNotAttempted(t, err)

	stopped := newOutside(t).prepare(nil)
	_, err = stopped.Transmit(t.Context(), tr)
	requireNotAttempted(t, err)
}

func TestOutcomeIsUnknownOnceTheCallBegan(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"exit", "hang", "oversize"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			o := newOutside(t)
			c, dir := o.rogueChannel("uno", rogue.Settings{Send: fault})
			r := o.start(nil)
			r.awaitOpen(c)
			tr := transmission(c)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			if fault == "hang" {
				ctx, cancel = context.WithTimeout(t.Context(), time.Second)
			}
			defer cancel()
			results, err := r.Transmit(ctx, tr)
			requireUnknown(t, err)
			require.Empty(t, results)
			require.True(t, sent(t, dir, tr), "it did go")

			eventually(t, func() bool {
				finding, found, err := r.Lookup(t.Context(), tr, time.Now())
				return err == nil && finding == delivery.Found && len(found) == 2
			}, "found once the adapter is back")
			finding, _, err := r.Lookup(t.Context(), transmission(c), time.Now())
			require.NoError(t, err)
			require.Equal(t, delivery.Absent, finding)
		})
	}
}

func TestAdapterKilledWhileSending(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{Send: "hang"})
	r := o.start(nil)
	r.awaitOpen(c)
	tr := transmission(c)
	done := make(chan error, 1)
	go func() {
		_, err := r.Transmit(t.Context(), tr)
		done <- err
	}()
	eventually(t, func() bool { return sent(t, dir, tr) }, "under way")
	require.NoError(t, syscall.Kill(r.Status()[0].PID, syscall.SIGKILL))
	requireUnknown(t, <-done)
}

func TestBusyChannelIsNotAttempted(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{Send: "hang"})
	r := o.start(nil)
	r.awaitOpen(c)
	hanging, release := context.WithCancel(t.Context())
	done := make(chan error, 2)
	for range 2 {
		tr := transmission(c)
		go func() {
			_, err := r.Transmit(hanging, tr)
			done <- err
		}()
		eventually(t, func() bool { return sent(t, dir, tr) }, "under way")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := r.Transmit(ctx, transmission(c))
	requireNotAttempted(t, err)
	release()
	requireUnknown(t, <-done)
	requireUnknown(t, <-done)
}

func TestMessageThatCannotTravelIsRefusedBeforeItGoes(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	tr := transmission(c)
	tr.Content.Text = string(make([]byte, 17<<20))
	results, err := r.Transmit(t.Context(), tr)
	require.NoError(t, err)
	require.Len(t, results, 2)
	require.Equal(t, delivery.ContentFault, results[0].Failure.Class)
	require.False(t, sent(t, dir, tr))
}

func TestInterpretReadsAnOriginalAgain(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	raw := intake.Raw{Inline: []byte("inline"), MediaType: "text/plain"}
	e, err := r.Interpret(t.Context(), c, raw)
	require.NoError(t, err)
	require.Equal(t, "inline", e.Message.Text)
	require.Empty(t, e.ID)
	require.Equal(t, raw, e.Raw)

	stored, err := o.blobs.Put(t.Context(), newReader("in the store"), 100)
	require.NoError(t, err)
	e, err = r.Interpret(t.Context(), c, intake.Raw{SHA256: stored.Sum[:], Size: stored.Size})
	require.NoError(t, err)
	require.Equal(t, "in the store", e.Message.Text)

	_, err = r.Interpret(t.Context(), id.New[id.Channel](), raw)
	require.Error(t, err)
}

func TestValidate(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitState(pluginhost.Ready)
	check := pluginhost.Check{
		Adapter: "rogue", Config: []byte(`{"dir": "/x"}`), Secrets: map[string]string{"/password": "typed-now"}, Probe: true,
	}
	said, err := r.Validate(t.Context(), check)
	require.NoError(t, err)
	require.Len(t, said, 1)
	require.Equal(t, pluginhost.SeverityOK, said[0].Severity)
	require.Contains(t, said[0].Summary, `"greeting":"salve"} [redacted] true`, "completed, and without the secret")

	check.Secrets = nil
	said, err = r.Validate(t.Context(), check)
	require.NoError(t, err)
	require.Equal(t, pluginhost.SeverityError, said[0].Severity, "the password is missing")
	check.Channel = c
	said, err = r.Validate(t.Context(), check)
	require.NoError(t, err)
	require.Equal(t, "rogue.seen", said[0].Code, "the stored one is used")

	check.Config = []byte(`{"dir": "", "color": 1}`)
	said, err = r.Validate(t.Context(), check)
	require.NoError(t, err)
	pointers := []string{said[0].Pointer, said[len(said)-1].Pointer}
	require.ElementsMatch(t, []string{"/dir", "/color"}, pointers, "the fields are named")

	check.Config = []byte(`{"dir": "/x", "greeting": "ciao"}`)
	said, err = r.Validate(t.Context(), check)
	require.NoError(t, err)
	require.Equal(t, []string{"config.secret_again", "/password"}, []string{said[0].Code, said[0].Pointer}, "another peer gets no stored secret")
	check.Forget = []string{"/password"}
	said, err = r.Validate(t.Context(), check)
	require.NoError(t, err)
	require.Equal(t, []string{"config.required", "/password"}, []string{said[0].Code, said[0].Pointer})
	check.Forget, check.Config = nil, []byte(`{"dir": "/x", "password": "in chiaro"}`)
	said, err = r.Validate(t.Context(), check)
	require.NoError(t, err)
	require.Equal(t, []string{"config.exposed", "/password"}, []string{said[0].Code, said[0].Pointer})

	var steps []channel.Step
	check.Config = []byte(`{"dir": "/x"}`)
	require.NoError(t, r.Try(t.Context(), check, func(step channel.Step) { steps = append(steps, step) }))
	require.Equal(t, []channel.StepState{channel.StepPassed}, []channel.StepState{steps[0].State}, "an adapter without trials is probed")
	require.NotContains(t, steps[0].Title, password)

	check.Adapter = "nessuno"
	_, err = r.Validate(t.Context(), check)
	require.Error(t, err)
}
