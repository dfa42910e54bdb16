package pluginhost_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/pluginhost/internal/rogue"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestChannelIsOpenedWithSecretsAndDefaults(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	require.Contains(t, diary(t, dir), "opened revision=1 lease=true greeting=salve password="+password)

	eventually(t, func() bool { return o.get(c).Health.State == channel.Healthy }, "health recorded")
	now := o.get(c)
	require.True(t, now.Ability.Can(channel.Send))
	require.Equal(t, channel.ReconcileLookup, now.Ability.Reconcile)
	require.Equal(t, channel.Address{Kind: "web", Value: "rogue"}, now.Ability.Own)
	require.True(t, now.Ability.ReplyToken)
	require.EqualValues(t, 3, r.channelStatus(c).Backlog)
	require.NotContains(t, r.log.String(), password)
}

func TestChangedChannelIsOpenedAnew(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	o.change(c, rogue.Settings{Dir: dir, Greeting: "ciao"})
	eventually(t, func() bool { return strings.Contains(diary(t, dir), "opened revision=2 lease=true greeting=ciao") }, "reopened")
	require.Contains(t, diary(t, dir), "closed\nopened revision=2")
	eventually(t, func() bool { return o.get(c).Health.State == channel.Healthy }, "health of the new revision recorded")
}

func TestDisabledChannelIsClosed(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	require.NoError(t, o.channels.SetEnabled(t.Context(), o.pool, c, false))
	r.Refresh()
	eventually(t, func() bool { return strings.HasSuffix(diary(t, dir), "closed\n") }, "closed")
	require.False(t, r.channelStatus(c).Open)

	require.NoError(t, o.channels.SetEnabled(t.Context(), o.pool, c, true))
	r.awaitOpen(c)
}

func TestRefusedCredentialsSuspendTheChannelUntilItIsChanged(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]rogue.Settings{
		"at opening": {Open: "misconfigured"}, "later": {Health: "misconfigured"},
		"while ingesting": {Event: "misconfigured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutside(t)
			c, dir := o.rogueChannel("uno", s)
			well, _ := o.rogueChannel("due", rogue.Settings{})
			r := o.start(nil)
			eventually(t, func() bool { return o.get(c).Suspension != nil }, "suspended")
			require.True(t, strings.HasPrefix(o.get(c).Suspension.Code, "rogue."))
			eventually(t, func() bool { return !r.channelStatus(c).Open }, "closed")
			r.awaitOpen(well)

			o.change(c, rogue.Settings{Dir: dir})
			r.awaitOpen(c)
			require.Nil(t, o.get(c).Suspension)
		})
	}
}

func TestResumedChannelIsTriedAgain(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{Health: "misconfigured"})
	o.start(nil)
	eventually(t, func() bool { return o.get(c).Suspension != nil }, "suspended")
	require.NoError(t, o.channels.Resume(t.Context(), o.pool, c))
	eventually(t, func() bool { return strings.Count(diary(t, dir), "opened") == 2 }, "opened again")
	eventually(t, func() bool { return o.get(c).Suspension != nil }, "and refused again")
}

func TestConfigurationThatTheSchemaRefusesSuspends(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c := o.create(channel.Draft{Adapter: "rogue", Slug: "uno", Name: "uno", Config: []byte(`{"dir": ""}`), Enabled: true})
	o.start(nil)
	eventually(t, func() bool { return o.get(c).Suspension != nil }, "suspended")
	require.Equal(t, "config.required", o.get(c).Suspension.Code)
}

func TestHangingOpeningEnds(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{Open: "hang"})
	well, _ := o.rogueChannel("due", rogue.Settings{})
	r := o.start(func(c *pluginhost.Config) { c.Timing.Open, c.Timing.Close = 300*time.Millisecond, 300*time.Millisecond })
	r.awaitOpen(well)
	eventually(t, func() bool { return strings.Contains(r.channelStatus(c).Failure, "DeadlineExceeded") }, "given up")
}

func TestFailedOpeningIsRetried(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{Open: "fail"})
	r := o.start(nil)
	eventually(t, func() bool { return strings.Contains(r.channelStatus(c).Failure, "later") }, "failure shown")
	eventually(t, func() bool { return o.get(c).Health.Code == "channel.open" }, "and recorded")
	require.Nil(t, o.get(c).Suspension)
	o.change(c, rogue.Settings{Dir: dir})
	r.awaitOpen(c)
}
