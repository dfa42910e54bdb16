package mime

import (
	"encoding/base64"
	"flag"
	"fmt"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// The families of mails in testdata/mail whose names begin with a family's
// name are written by this generator: go test -run TestCorpus -corpus. Signed
// ones differ with each writing, and need -update after it.
var corpus = flag.Bool("corpus", false, "write the generated mails")

func TestCorpus(t *testing.T) {
	t.Parallel()
	all := map[string]string{}
	for family, mails := range map[string]map[string]string{
		"client": clientMails(), "scan": scannerMails(), "app": applicationMails(), "lists": listMails(), "dsn": bounceMails(),
		"absent": absenceMails(), "mdn": receiptMails(), "cal": calendarMails(), "tnef": winmailMails(), "charset": charsetMails(),
		"names": nameMails(), "flow": flowedMails(), "cid": inlineMails(), "odd": oddMails(),
	} {
		for name, raw := range mails {
			all[family+"-"+name] = raw
		}
	}
	if *corpus {
		for name, raw := range signedMails(t) {
			all["smime-"+name] = raw
		}
	}
	for name, raw := range all {
		file := filepath.Join("testdata", "mail", name+".eml")
		if *corpus {
			require.NoError(t, os.WriteFile(file, []byte(raw), 0o644))
		}
		kept, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, raw, string(kept), name)
	}
}

const (
	town    = "URP Comune di Esempio <urp@comune.esempio.it>"
	ourID   = "<m.k1.aaaabbbbccccdddd@comune.esempio.it>"
	ourDate = "Mon, 2 Mar 2026 09:12:33 +0100"
)

func crlfs(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

func encoded(s string) string { return strings.TrimRight(wrapped([]byte(s)), "\r\n") }

func quotedPrintable(b []byte) string {
	var out strings.Builder
	w := quotedprintable.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return strings.ReplaceAll(out.String(), "\r\n", "\n")
}

func in(e encoding.Encoding, s string) []byte {
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic(err)
	}
	return b
}

func latin1(s string) string { return string(in(charmap.Windows1252, s)) }

func wordB(charset string, b []byte) string {
	return "=?" + charset + "?B?" + base64.StdEncoding.EncodeToString(b) + "?="
}

// style is how one mail program writes.
type style struct {
	header   string // its own fields
	subject  func(string) string
	text     func(kind, s string) string // one text part with its header
	boundary string
	file     func(name string) string // headers of an attached file
	quote    string                   // the heading of what is answered
	markup   func(string) string
	textless bool // sends HTML only
}

func utf8Part(encoding string) func(kind, s string) string {
	return func(kind, s string) string {
		head := "Content-Type: text/" + kind + "; charset=\"UTF-8\"\nContent-Transfer-Encoding: " + encoding + "\n\n"
		switch encoding {
		case "base64":
			return head + encoded(s)
		case "quoted-printable":
			return head + quotedPrintable([]byte(s))
		}
		return head + s
	}
}

func latinPart(charset string) func(kind, s string) string {
	return func(kind, s string) string {
		return "Content-Type: text/" + kind + "; charset=\"" + charset + "\"\nContent-Transfer-Encoding: quoted-printable\n\n" + quotedPrintable([]byte(latin1(s)))
	}
}

func flowedPart(kind, s string) string {
	if kind == "html" {
		return "Content-Type: text/html; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n" + s
	}
	return "Content-Type: text/plain; charset=UTF-8; format=flowed\nContent-Transfer-Encoding: 8bit\n\n" + strings.ReplaceAll(s, ", ", ", \n")
}

func rfc2231(name string) string {
	return "Content-Type: application/pdf\nContent-Disposition: attachment;\n filename*=UTF-8''" + percent(name) + "\nContent-Transfer-Encoding: base64\n"
}

func rfc2231Split(name string) string {
	p := percent(name)
	cut := strings.LastIndex(p[:len(p)/2], "%20")
	return "Content-Type: application/pdf; name=\"" + wordB("UTF-8", []byte(name)) + "\"\nContent-Disposition: attachment;\n filename*0*=UTF-8''" + p[:cut] + ";\n filename*1*=" + p[cut:] + "\nContent-Transfer-Encoding: base64\n"
}

func rfc2047Name(name string) string {
	word := wordB("utf-8", []byte(name))
	return "Content-Type: application/octet-stream;\n\tname=\"" + word + "\"\nContent-Disposition: attachment;\n\tfilename=\"" + word + "\"\nContent-Transfer-Encoding: base64\n"
}

func rawName(name string) string {
	return "Content-Type: application/pdf; name=" + name + "\nContent-Disposition: attachment; filename=\"" + name + "\"\nContent-Transfer-Encoding: base64\n"
}

func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func wordUTF8(s string) string { return wordB("UTF-8", []byte(s)) }

func wordQ(s string) string {
	var b strings.Builder
	for _, c := range []byte(latin1(s)) {
		switch {
		case c == ' ':
			b.WriteByte('_')
		case c < 0x7f && c > ' ' && c != '=' && c != '?' && c != '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return "=?iso-8859-1?Q?" + b.String() + "?="
}

func asIs(s string) string { return s }

func paragraphs(open, end string) func(string) string {
	return func(s string) string {
		return "<html><body>" + open + strings.ReplaceAll(s, "\n", end+open) + end + "</body></html>"
	}
}
