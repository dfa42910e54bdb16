package app_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// waiting is how many tests run at a time: most of what they do is wait. The command line may say otherwise.
const waiting = "4"

// TestMain removes the programs that tests have built.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", waiting); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// programs are the hub's command and the directory of adapters, as an installation has them, and the outside world.
type programs struct{ dir, hub, adapters, simulator string }

// built are the programs of this test binary, made when the first test needs them.
var built struct {
	programs

	once    sync.Once
	failure error
}

// build makes the programs from this source tree, with their catalogue.
func build(t *testing.T) programs {
	t.Helper()
	built.once.Do(func() { built.programs, built.failure = compile() })
	if built.failure != nil {
		t.Fatal(built.failure)
	}
	return built.programs
}

func compile() (programs, error) {
	dir, err := os.MkdirTemp("", "sportello-app-")
	if err != nil {
		return programs{}, err
	}
	p := programs{
		dir: dir, hub: filepath.Join(dir, "sportello"), adapters: filepath.Join(dir, "adapters"), simulator: filepath.Join(dir, "simulator"),
	}
	for _, args := range [][]string{
		{"go", "build", "-buildvcs=false", "-o", p.hub, "sportello.dev/hub/cmd/sportello"},
		{"go", "build", "-buildvcs=false", "-o", p.simulator, "sportello.dev/adapters/simulator/cmd/simulator"},
		{"go", "build", "-buildvcs=false", "-o", p.adapters + "/", "sportello.dev/adapters/email/cmd/email-adapter"},
		{p.hub, "adapter", "catalogue", p.adapters},
	} {
		if said, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return p, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, said)
		}
	}
	return p, nil
}
