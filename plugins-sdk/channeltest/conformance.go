package channeltest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/channel"
)

// check is one named demand on an adapter. The name is "group/what".
type check struct {
	name string
	// applies answers why the check is not applicable, or nothing.
	applies func(*subject) string
	run     func(*trial)
}

// subject is what is known of an adapter before the checks.
type subject struct {
	suite       Suite
	world       World
	description channel.Description
	profile     channel.Profile
}

func (s *subject) can(capability channel.Capability) bool {
	return slices.Contains(s.profile.Capabilities, capability)
}

// Conformance runs every check as a subtest of its own, and lists at the end those that do not apply.
func Conformance(t *testing.T, suite Suite) {
	t.Helper()
	subject := examine(t, suite)
	var missing []string
	for _, check := range checks() {
		if reason := check.applies(subject); reason != "" {
			missing = append(missing, fmt.Sprintf("%s (%s)", check.name, reason))
			continue
		}
		t.Run(check.name, func(t *testing.T) { check.run(newTrial(t, subject)) })
	}
	t.Logf("not applicable to adapter %q: %s", subject.description.Adapter, strings.Join(missing, ", "))
}

// Checks lists the names of all checks.
func Checks() []string {
	var names []string
	for _, check := range checks() {
		names = append(names, check.name)
	}
	return names
}

// Outcome is what one check found.
type Outcome struct {
	Check string
	// NotApplicable says why, if the check was not run.
	NotApplicable string
	Failed        bool
	// Messages of the failure.
	Messages []string
}

// Verify runs the checks without failing the test that asks: for reports, and to prove that a planted fault is found.
func Verify(tb testing.TB, suite Suite, names ...string) []Outcome {
	tb.Helper()
	subject := examine(tb, suite)
	var outcomes []Outcome
	for _, check := range checks() {
		if len(names) > 0 && !slices.Contains(names, check.name) {
			continue
		}
		outcome := Outcome{Check: check.name, NotApplicable: check.applies(subject)}
		if outcome.NotApplicable == "" {
			outcome.Messages, outcome.Failed = record(tb, func(tb testing.TB) { check.run(newTrial(tb, subject)) })
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes
}

// examine opens a channel once to learn what is claimed.
func examine(tb testing.TB, suite Suite) *subject {
	tb.Helper()
	require.NotNil(tb, suite.Setup, "a suite needs Setup")
	suite.Patience = orDefault(suite.Patience, defaultPatience)
	suite.Quiet = orDefault(suite.Quiet, defaultQuiet)
	found := &subject{suite: suite}
	messages, failed := record(tb, func(tb testing.TB) {
		found.world = suite.Setup(tb)
		require.NotNil(tb, found.world.Again, "a world needs Again")
		found.description = found.world.Adapter.Describe()
		h := Start(tb, found.world.Adapter, Patience(suite.Patience, suite.Quiet))
		var err error
		found.profile, err = h.Open(Opening{Config: found.world.Config, Secrets: found.world.Secrets})
		require.NoError(tb, err, "opening with the suite's own configuration")
	})
	require.False(tb, failed, "%s", strings.Join(messages, "\n"))
	return found
}

// trial is one run of one check.
type trial struct {
	testing.TB

	*subject

	world   World
	host    *Host
	harness *Harness
}

func newTrial(tb testing.TB, subject *subject) *trial {
	tb.Helper()
	return &trial{TB: tb, subject: subject, world: subject.suite.Setup(tb), host: NewHost()}
}

// start starts an adapter, the first or one after a crash.
func (t *trial) start() *Harness {
	t.Helper()
	adapter := t.world.Adapter
	if t.harness != nil {
		adapter = t.world.Again()
	}
	options := []Option{OnHost(t.host), Patience(t.suite.Patience, t.suite.Quiet)}
	if t.world.wrap != nil {
		options = append(options, Wrap(t.world.wrap))
	}
	t.harness = Start(t, adapter, options...)
	return t.harness
}

// open starts an adapter with the channel open.
func (t *trial) open() *Harness {
	t.Helper()
	h := t.start()
	t.openOn(h)
	return h
}

func (t *trial) openOn(h *Harness) {
	t.Helper()
	_, err := h.Open(Opening{Config: t.world.Config, Secrets: t.world.Secrets})
	require.NoError(t, err)
}

// restart kills the adapter and opens the channel in a new one.
func (t *trial) restart() *Harness {
	t.Helper()
	t.harness.Kill()
	return t.open()
}

// inject puts n small originals into the provider.
func (t *trial) inject(n int) (originals [][]byte, keys []string) {
	t.Helper()
	for i := range n {
		original := t.suite.Item(i, 0)
		originals = append(originals, original)
		keys = append(keys, t.world.Inject(original))
	}
	return originals, keys
}

// eventually waits for a condition with the suite's patience.
func (t *trial) eventually(condition func() bool, message string) {
	t.Helper()
	require.Eventually(t, condition, t.suite.Patience, pollEvery, message)
}

// record runs a test function against a TB of its own, in a goroutine of its own as FailNow demands.
func record(parent testing.TB, test func(testing.TB)) (messages []string, failed bool) {
	recorder := &recorder{TB: parent}
	var done sync.WaitGroup
	done.Go(func() {
		defer recorder.cleanup()
		defer func() {
			if cause := recover(); cause != nil {
				recorder.Errorf("panic: %v", cause)
			}
		}()
		test(recorder)
	})
	done.Wait()
	return recorder.messages, recorder.failed
}

// recorder notes failures in the place of the test that it stands for.
type recorder struct {
	testing.TB

	mu       sync.Mutex
	messages []string
	failed   bool
	cleanups []func()
}

func (r *recorder) Helper() {}

func (r *recorder) Log(arguments ...any) { r.note(fmt.Sprintln(arguments...), false) }

func (r *recorder) Logf(format string, arguments ...any) {
	r.note(fmt.Sprintf(format, arguments...), false)
}

func (r *recorder) Errorf(format string, arguments ...any) {
	r.note(fmt.Sprintf(format, arguments...), true)
}

func (r *recorder) Error(arguments ...any) { r.note(fmt.Sprintln(arguments...), true) }

func (r *recorder) Fatal(arguments ...any) {
	r.Error(arguments...)
	runtime.Goexit()
}

func (r *recorder) Fail() { r.note("", true) }

func (r *recorder) Fatalf(format string, arguments ...any) {
	r.Errorf(format, arguments...)
	runtime.Goexit()
}

func (r *recorder) FailNow() {
	r.note("", true)
	runtime.Goexit()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) note(message string, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = r.failed || failed
	if message != "" {
		r.messages = append(r.messages, message)
	}
}

func (r *recorder) cleanup() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}
