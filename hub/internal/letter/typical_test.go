package letter

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestTypicalLettersLookRight shows letters as the usual programs write them; the golden files are what is kept.
func TestTypicalLettersLookRight(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/typical/*.html")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 10)
	blocked := shown
	blocked.Remote = nil
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			page := Show(string(source), blocked)
			harmless(t, page)
			stable(t, string(source))
			facts, err := json.MarshalIndent(struct {
				Links  []Link
				Remote Remote
				Height int
			}{page.Links, page.Remote, page.Height}, "", "  ")
			require.NoError(t, err)
			got := string(facts) + "\n" + strings.TrimSpace(page.HTML) + "\n"
			golden := strings.TrimSuffix(file, ".html") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

func TestWideLettersFitTheColumn(t *testing.T) {
	t.Parallel()
	o := shown
	o.Width = 440
	for source, want := range map[string]string{
		`<table width="600"><tr><td width="300">x</td></tr></table>`: `<table width="100%"><tr><td width="300">x</td></tr></table>`,
		`<div style="width:600px;max-width:600px">x</div>`:           `<div style="width: 100%; max-width: 600px">x</div>`,
		`<div style="min-width:50em;width:10px">x</div>`:             `<div style="min-width: 50em; width: 10px">x</div>`,
		`<table width="90%"><tr><td>x</td></tr></table>`:             `<table width="90%"><tr><td>x</td></tr></table>`,
	} {
		page := Show(source, o)
		harmless(t, page)
		require.Equal(t, want, page.HTML)
	}
	long := "<p>" + strings.Repeat("parola ", 400) + "</p>"
	narrow, wide := o, o
	wide.Width = 1000
	require.Greater(t, Show(long, narrow).Height, 2*Show(long, wide).Height*8/10)
}

func TestLinksSayWhereTheyLead(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]Link{
		`<a href="https://comune.example/a?b=1">qui</a>`:                   {"qui", "https://comune.example/a?b=1", "comune.example", false},
		`<a href="https://spy.example">www.comune.example</a>`:             {"www.comune.example", "https://spy.example", "spy.example", true},
		`<a href="https://sub.comune.example">comune.example</a>`:          {"comune.example", "https://sub.comune.example", "sub.comune.example", false},
		`<a href="https://comune.example@spy.example/">x</a>`:              {"x", "https://spy.example/", "spy.example", false},
		`<a href="https://spy.example#@comune.example">comune.example</a>`: {"comune.example", "https://spy.example#@comune.example", "spy.example", true},
		`<a href="HTTPS://SPY.example:8443/">delibera.pdf</a>`:             {"delibera.pdf", "https://spy.example:8443/", "spy.example:8443", false},
		`<a href="https://аpple.example/">аpple.example</a>`:               {"аpple.example", "https://xn--pple-43d.example/", "xn--pple-43d.example", false},
		`<a href="mailto:a@spy.example?bcc=x">info@comune.example</a>`:     {"info@comune.example", "mailto:a@spy.example", "a@spy.example", true},
		`<a href="//spy.example/x">x</a>`:                                  {"x", "https://spy.example/x", "spy.example", false},
	} {
		page := Show(source, shown)
		require.Equal(t, []Link{want}, page.Links, source)
		require.Equal(t, !want.Pretends, strings.Contains(page.HTML, "<a "), source)
	}
	require.Contains(t, Show(`<a href="https://аpple.example/">аpple.example</a>`, shown).HTML, `<span class="host">xn--pple-43d.example</span>`)
	for _, source := range []string{`<a href="https:\\spy.example">x</a>`, `<a href="https:/spy.example">x</a>`, `<a href="https://">x</a>`, `<a href="/x">x</a>`, `<a href="#x">x</a>`, `<a name="x">x</a>`} {
		require.Empty(t, Show(source, shown).Links, source)
	}
}
