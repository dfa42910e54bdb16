package mime

import (
	"bytes"
	"context"
	"testing"
)

// BenchmarkParse reads a mail of 100 KB: text in both forms and an attachment.
func BenchmarkParse(b *testing.B) {
	o := fullOutgoing()
	o.Files = []File{fileOf("a.pdf", "application/pdf", "", bytes.Repeat([]byte("0123456789abcdef"), 4500))}
	raw := compose(b, o)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(context.Background(), bytes.NewReader(raw), DefaultLimits(), Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
