package pluginhost_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/pluginhost/internal/rogue"
)

func mode(m string) func(*pluginhost.Config) {
	return func(c *pluginhost.Config) { c.Env = []string{rogue.Mode + "=" + m} }
}

func TestAdapterIsStartedAndDescribed(t *testing.T) {
	t.Parallel()
	r := newOutside(t).start(nil)
	st := r.awaitState(pluginhost.Ready)
	require.Equal(t, "1.2.3", st.Version)
	require.NotZero(t, st.PID)

	a, err := r.Describe("rogue")
	require.NoError(t, err)
	require.Equal(t, "Canaglia", a.DisplayName["it"])
	require.Contains(t, a.Capabilities, channel.Send)
	require.JSONEq(t, rogue.Schema, string(a.Schema))
	_, err = r.Describe("nessuno")
	require.Error(t, err)
}

func TestCrashedAdapterComesBack(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	first := r.Status()[0].PID
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))
	eventually(t, func() bool {
		st := r.Status()[0]
		return st.PID != 0 && st.PID != first && r.channelStatus(c).Open
	}, "another process with the channel open")
	require.Equal(t, 1, r.Status()[0].Restarts)
}

func TestKillsFromOutsideAreNoCrashLoop(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(func(c *pluginhost.Config) { c.Timing.Quarantine = time.Hour })
	for n := range 8 {
		r.awaitOpen(c)
		st := r.Status()[0]
		require.Equal(t, n, st.Restarts)
		require.NoError(t, syscall.Kill(st.PID, syscall.SIGKILL))
		eventually(t, func() bool { return r.Status()[0].Restarts > n }, "its end noticed")
	}
	r.awaitOpen(c)
}

func TestHangingAdapterIsReplaced(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	first := r.Status()[0].PID
	require.NoError(t, syscall.Kill(first, syscall.SIGSTOP))
	r.awaitState(pluginhost.Degraded)
	eventually(t, func() bool {
		st := r.Status()[0]
		return st.State == pluginhost.Ready && st.PID != first && r.channelStatus(c).Open
	}, "the hanging process replaced")
}

func TestCrashLoopEndsInQuarantineAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(mode(rogue.Exit))
	st := r.awaitState(pluginhost.Quarantined)
	require.GreaterOrEqual(t, st.Restarts, 5)
	require.NotEmpty(t, st.Failure)
	require.False(t, st.RetryAt.IsZero())
	eventually(t, func() bool { return o.get(c).Health.Code == "adapter.quarantined" }, "channel marked down")
	require.Equal(t, channel.Down, o.get(c).Health.State)

	eventually(t, func() bool { return r.Status()[0].Restarts > st.Restarts }, "tried again by itself")
	r.Retry("rogue")
	lines, err := r.Logs("rogue", id.Channel{})
	require.NoError(t, err)
	require.Contains(t, lines[len(lines)-1].Text, "panic: told to")
}

func TestSwappedProgramIsNotRun(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	r := o.start(func(c *pluginhost.Config) {
		dir := t.TempDir()
		path, _, err := rogue.Install(dir)
		require.NoError(t, err)
		c.Catalogue, err = pluginhost.WriteCatalogue(dir, "")
		require.NoError(t, err)
		require.NoError(t, os.Rename(path, path+".old"))
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\ntouch "+filepath.Join(dir, "ran")+"\n"), 0o755))
		t.Cleanup(func() { require.NoFileExists(t, filepath.Join(dir, "ran")) })
	})
	eventually(t, func() bool { return strings.Contains(r.Status()[0].Failure, "digest") }, "refused")
}

func TestHostileLogAndFloodAreBorne(t *testing.T) {
	t.Parallel()
	for _, m := range []string{rogue.HostileLog, rogue.Flood} {
		t.Run(m, func(t *testing.T) {
			t.Parallel()
			o := newOutside(t)
			c, dir := o.rogueChannel("uno", rogue.Settings{})
			r := o.start(mode(m))
			r.awaitOpen(c)
			arrive(t, dir, "a", "ciao")
			eventually(t, func() bool { return inboxEmpty(dir) }, "acknowledged")
			require.Len(t, o.journal(c), 1)
			lines, err := r.Logs("rogue", id.Channel{})
			require.NoError(t, err)
			require.LessOrEqual(t, len(lines), 200)
			require.NotEmpty(t, lines)
		})
	}
}

func TestProgramThatSaysAnotherNameIsRefused(t *testing.T) {
	t.Parallel()
	r := newOutside(t).start(func(c *pluginhost.Config) { c.Catalogue.Entries[0].Name = "email" })
	eventually(t, func() bool { return strings.Contains(r.Status()[0].Failure, `says that it is "rogue"`) }, "refused")
}

func TestChannelOfAnAdapterThatIsNotInstalled(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c := o.create(channel.Draft{Adapter: "fax", Slug: "fax", Name: "Fax", Config: []byte(`{}`), Enabled: true})
	o.start(nil)
	eventually(t, func() bool { return o.get(c).Health.Code == "adapter.missing" }, "told")
}

func TestIsolatedChannelsHaveTheirOwnProcesses(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	one, _ := o.rogueChannel("uno", rogue.Settings{})
	two, dir := o.rogueChannel("due", rogue.Settings{})
	r := o.start(func(c *pluginhost.Config) { c.Isolate = map[string]bool{"rogue": true} })
	r.awaitOpen(one)
	r.awaitOpen(two)
	pids := map[id.Channel]int{}
	for _, st := range r.Status() {
		pids[st.Channel] = st.PID
	}
	require.Len(t, pids, 3, "the adapter's own and one for each channel")

	require.NoError(t, syscall.Kill(pids[one], syscall.SIGKILL))
	arrive(t, dir, "a", "ciao")
	eventually(t, func() bool { return inboxEmpty(dir) }, "the neighbour works on")
	for _, st := range r.Status() {
		if st.Channel == two {
			require.Equal(t, pids[two], st.PID)
		}
	}
	require.NoError(t, o.channels.SetEnabled(t.Context(), o.pool, two, false))
	eventually(t, func() bool {
		for _, st := range r.Status() {
			if st.Channel == two {
				return st.State == pluginhost.Stopped && st.PID == 0
			}
		}
		return false
	}, "the process of a channel that is off ends")
}

func TestEnvironmentHoldsNothingOfTheHub(t *testing.T) {
	// Not parallel: it sets the environment of the test binary.
	t.Setenv("SPORTELLO_DATABASE_URL", "postgres://hub:canary@db/sportello")
	r := newOutside(t).start(nil)
	st := r.awaitState(pluginhost.Ready)
	environ, err := os.ReadFile(filepath.Join("/proc", itoa(st.PID), "environ"))
	require.NoError(t, err)
	require.NotContains(t, string(environ), "canary")
	require.Contains(t, string(environ), "PLUGIN_CLIENT_CERT")
}
