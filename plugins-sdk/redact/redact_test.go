package redact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRedactor(t *testing.T) {
	t.Parallel()
	r := New()
	require.Equal(t, "abc", r.Clean("abc"))
	r.Learn(map[string]string{"/a": "pass", "/b": "password", "/c": "x", "/d": "", "/e": "p&q/\"s"})
	for in, want := range map[string]string{
		"the password is password": "the [redacted] is [redacted]",
		"pass on":                  "[redacted] on",
		"x stays":                  "x stays",
		`{"s":"p\u0026q/\"s"}`:     `{"s":"[redacted]"}`,
		"k=p%26q%2F%22s":           "k=[redacted]",
		"Basic cGFzc3dvcmQ=":       "Basic [redacted]",
		"passpassword":             "[redacted][redacted]",
	} {
		require.Equal(t, want, r.Clean(in), "%q", in)
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("secret", "a secret b")
	f.Fuzz(func(t *testing.T, secret, text string) {
		r := New()
		r.Learn(map[string]string{"/s": secret})
		clean := r.Clean(text + secret + text)
		if len(secret) >= minSecret && !strings.Contains(Cover, secret) && !strings.Contains(secret, "[") && !strings.Contains(secret, "]") {
			require.NotContains(t, clean, secret)
		}
	})
}
