//go:build bench

package bench

import (
	"fmt"
	"maps"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/id"
)

// TestBenchTexts measures the way of a text message from deliver_sm to its answer, which comes after the hub's commit:
// through the adapter's process, with the simulated message centre.
func TestBenchTexts(t *testing.T) {
	url := server(t)
	least := newLimit(t, url)
	h := startHub(t, url)
	world := startWorld(t)
	addCentre(t, h, world, nil)
	for _, phones := range []int{1, 16, 64} {
		what := fmt.Sprintf("texts in, from deliver_sm to its answer, %d in flight", phones)
		measured := least.beside(t, what, func() float64 {
			defer profile(t, h.Pool, what)()
			return write(t, world, phones)
		})
		measured.bound = "processor time of four processes on two cores: centre, adapter, hub, PostgreSQL; filing goes on beside"
		report(t, "Text messages", measured)
	}
}

// startWorld runs the simulated world until the test ends.
func startWorld(t *testing.T) *simulator.World {
	t.Helper()
	world, err := simulator.New(simulator.Config{})
	require.NoError(t, err)
	require.NoError(t, world.Start(t.Context()))
	t.Cleanup(world.Stop)
	return world
}

// addCentre makes a channel on the simulated message centre and waits until it is bound.
func addCentre(t *testing.T, h *app.App, world *simulator.World, further map[string]any) id.Channel {
	t.Helper()
	host, text, err := net.SplitHostPort(world.SMPPAddr())
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	session := map[string]any{"host": host, "port": port, "security": "none", "system_id": simulator.SMPPSystemID}
	maps.Copy(session, further)
	made := addChannel(t, h, "sms", map[string]any{"number": simulator.DefaultTownNumber, "smpp": session},
		"/smpp/password", simulator.DefaultCitizenPassword)
	require.Eventually(t, world.Centre().Connected, time.Minute, 10*time.Millisecond)
	return made
}

// write lets so many telephones write one text after the other, each when the one before was answered for.
func write(t *testing.T, world *simulator.World, phones int) float64 {
	t.Helper()
	var taken atomic.Int64
	var people sync.WaitGroup
	began := time.Now()
	for n := range phones {
		people.Go(func() {
			number := fmt.Sprintf("+39333%03d%04d", phones, n)
			before := world.Centre().Taken(number)
			look := time.NewTicker(200 * time.Microsecond)
			defer look.Stop()
			for i := 1; time.Since(began) < *sustained; i++ {
				if err := world.Centre().Write(number, "Buongiorno, il lampione di via Roma è ancora spento."); err != nil {
					t.Error(err)
					return
				}
				for world.Centre().Taken(number) < before+i {
					if time.Since(began) > *sustained+time.Minute {
						t.Error("a text was not answered for")
						return
					}
					<-look.C
				}
				taken.Add(1)
			}
		})
	}
	people.Wait()
	require.False(t, t.Failed())
	return float64(taken.Load()) / time.Since(began).Seconds()
}
