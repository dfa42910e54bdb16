package sms_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/sms"
	"sportello.dev/adapters/sms/internal/smsctest"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

// ended are the last reports of the steps, in order.
func ended(steps []channel.Step) (all []channel.Step) {
	for _, step := range steps {
		if step.State != channel.StepPlanned && step.State != channel.StepRunning {
			all = append(all, step)
		}
	}
	return all
}

func try(t *testing.T, port int, change object, secrets map[string]string) []channel.Step {
	t.Helper()
	h := channeltest.Start(t, sms.Hurried(time.Now), channeltest.Patience(patience, 0))
	steps, err := h.Try(centreConfig(t, port, change), secrets)
	require.NoError(t, err)
	return ended(steps)
}

func TestTrialSendsToTheTown(t *testing.T) {
	t.Parallel()
	centre := smsctest.Start(t)
	waiting := centre.Put(smsctest.Text(citizen(1), townDigits, "ciao"))
	steps := try(t, centre.Port(), nil, centreSecrets())
	require.Len(t, steps, 5)
	for _, step := range steps {
		require.Equal(t, channel.StepPassed, step.State, "%s: %s", step.Name, step.Summary)
		require.NotEmpty(t, step.Summary)
	}
	taken := centre.Taken()
	require.Len(t, taken, 1)
	require.Equal(t, townDigits, taken[0].Dest.Value)
	require.True(t, centre.Present(waiting), "a trial takes nothing of what waits for the channel")
}

func TestTrialSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	centre := smsctest.Start(t)
	steps := try(t, centre.Port(), nil, map[string]string{"/smpp/password": "sbagliata"})
	refused := steps[3]
	require.Equal(t, channel.StepFailed, refused.State)
	require.Equal(t, "smpp.auth", refused.Code)
	require.Equal(t, "/smpp/password", refused.Pointer)
	require.Contains(t, refused.Said, "ESME_RINVPASWD")
	require.NotEmpty(t, refused.Remedy)
	require.Equal(t, channel.StepSkipped, steps[4].State)

	plain := try(t, centre.Port(), object{"security": "tls"}, centreSecrets())
	require.Equal(t, channel.StepFailed, plain[2].State)
	require.NotEmpty(t, plain[2].Remedy)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address, _ := listener.Addr().(*net.TCPAddr)
	require.NoError(t, listener.Close())
	require.Equal(t, "smpp.connect", try(t, address.Port, nil, centreSecrets())[1].Code)
}
