package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// programs are the real ones, built from this tree.
type programs struct{ hub, adapters string }

// root is the top of the source tree, seen from this package.
const root = "../.."

// workshop is where programs are built; TestMain removes it.
var workshop = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "sportello-chaos-") })

// sound are the programs as they are.
var sound = sync.OnceValues(func() (programs, error) {
	dir, err := workshop()
	if err != nil {
		return programs{}, err
	}
	p := programs{hub: filepath.Join(dir, "sportello"), adapters: filepath.Join(dir, "adapters")}
	if err := compile(p.hub, "", "./hub/cmd/sportello"); err != nil {
		return p, err
	}
	for _, name := range []string{"email", "sms", "webform"} {
		if err := compile(filepath.Join(p.adapters, name+"-adapter"), "", "./adapters/"+name+"/cmd/"+name+"-adapter"); err != nil {
			return p, err
		}
	}
	return p, command(exec.Command(p.hub, "adapter", "catalogue", p.adapters))
})

// compile builds a program; overlay is a file that replaces sources, or empty.
func compile(out, overlay, pkg string) error {
	// Without symbols linking takes half the time.
	args := []string{"build", "-buildvcs=false", "-ldflags=-s -w", "-o", out}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	c := exec.Command("go", append(args, pkg)...)
	c.Dir = root
	return command(c)
}

func command(c *exec.Cmd) error {
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("running %s: %w\n%s", strings.Join(c.Args, " "), err, out)
	}
	return nil
}

// edit replaces a text in a source file by another.
type edit struct{ file, was, is string }

// planted builds the hub with a fault in it. The source tree stays as it is: the
// compiler is shown changed copies. A text that is not there any more fails the
// test, so that the plants stay true.
func planted(t *testing.T, name string, edits ...edit) programs {
	t.Helper()
	p, err := sound()
	require.NoError(t, err)
	dir := t.TempDir()
	replace := map[string]string{}
	for i, e := range edits {
		path, err := filepath.Abs(filepath.Join(root, e.file))
		require.NoError(t, err)
		from := path
		if copied, ok := replace[path]; ok {
			from = copied
		}
		source, err := os.ReadFile(from)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(source), e.was), "%s does not hold, once:\n%s", e.file, e.was)
		copied := filepath.Join(dir, fmt.Sprintf("%d.go", i))
		require.NoError(t, os.WriteFile(copied, []byte(strings.Replace(string(source), e.was, e.is, 1)), 0o600))
		replace[path] = copied
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	overlay := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(overlay, text, 0o600))
	p.hub = filepath.Join(dir, name)
	require.NoError(t, compile(p.hub, overlay, "./hub/cmd/sportello"))
	return p
}

// output runs a program of the hub beside the hub and returns what it prints.
func output(ctx context.Context, env []string, program string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, program, args...)
	c.Env = env
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("running %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(string(out)), nil
}
