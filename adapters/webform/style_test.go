package webform

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	classList = regexp.MustCompile(`class="([^"{]*)`)
	styled    = regexp.MustCompile(`\.([a-zA-Z][\w-]*)`)
)

// unstyled stand in templates for what they say, not for how it looks.
var unstyled = []string{"scelte", "ricevuta", "risposte"}

// A template that uses a class without a rule wants deploy/scripts/webform-style to be run.
func TestEveryClassOfATemplateIsStyled(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, name := range []string{"bootstrap-italia.css", "moduli.css"} {
		text, err := fs.ReadFile(assets, "assets/"+name)
		require.NoError(t, err)
		for _, m := range styled.FindAllStringSubmatch(string(text), -1) {
			known[m[1]] = true
		}
	}
	names, err := fs.Glob(templates, "templates/*.html")
	require.NoError(t, err)
	for _, name := range names {
		text, err := fs.ReadFile(templates, name)
		require.NoError(t, err)
		for _, m := range classList.FindAllStringSubmatch(string(text), -1) {
			for class := range strings.FieldsSeq(m[1]) {
				require.True(t, known[class] || slices.Contains(unstyled, class), "%s: no rule for %s", name, class)
			}
		}
	}
}
