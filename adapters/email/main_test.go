package email_test

import (
	"context"
	"io"
	"os"
	"testing"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/adapters/internal/reader"
)

// endless is the subject of a mail that the readers of these tests never finish.
const endless = "Senza fine"

func TestMain(m *testing.M) {
	reader.Become(func(ctx context.Context, r io.Reader, rules mime.Rules, sink mime.AttachmentSink) (*mime.Mail, error) {
		mail, err := mime.Read(ctx, r, rules, sink)
		for err == nil && mail.Subject == endless {
			_ = mail.HasHeader("X")
		}
		return mail, err
	})
	os.Exit(m.Run())
}
