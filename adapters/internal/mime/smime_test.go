package mime

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
	"github.com/stretchr/testify/require"
)

// someone has a certificate.
type someone struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

var signingDay = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func certified(tb testing.TB, issuer *someone, change func(*x509.Certificate)) *someone {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(tb, err)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Anna Rossi"}, EmailAddresses: []string{"altro@posta.example", "anna@posta.example"},
		NotBefore: signingDay.AddDate(-1, 0, 0), NotAfter: signingDay.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	parent, signer := template, crypto.Signer(key)
	if issuer == nil {
		template.Subject.CommonName, template.IsCA, template.BasicConstraintsValid = "Autorità di prova", true, true
		template.KeyUsage, template.ExtKeyUsage, template.EmailAddresses = x509.KeyUsageCertSign, nil, nil
	} else {
		parent, signer = issuer.certificate, issuer.key
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(tb, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(tb, err)
	return &someone{certificate, key}
}

// sign makes a signature, with the content inside unless detached.
func (s *someone) sign(tb testing.TB, content string, detach bool) []byte {
	tb.Helper()
	data, err := pkcs7.NewSignedData([]byte(content))
	require.NoError(tb, err)
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	require.NoError(tb, data.AddSigner(s.certificate, s.key, pkcs7.SignerInfoConfig{}))
	if detach {
		data.Detach()
	}
	der, err := data.Finish()
	require.NoError(tb, err)
	return der
}

func wrapped(b []byte) string {
	text := base64.StdEncoding.EncodeToString(b)
	var lines strings.Builder
	for len(text) > 64 {
		lines.WriteString(text[:64] + "\r\n")
		text = text[64:]
	}
	return lines.String() + text + "\r\n"
}

const (
	signedHead = "From: Anna <anna@posta.example>\r\nSubject: Firmata\r\nMIME-Version: 1.0\r\n"
	signedBody = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nLa prego di annullare la pratica è urgente. \r\n\r\n"
)

func clearSigned(body string, signature []byte) string {
	return `Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="--=_s"` + "\r\n\r\n" +
		"Messaggio firmato S/MIME.\r\n\r\n----=_s\r\n" + body + "\r\n----=_s\r\n" +
		"Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrapped(signature) + "\r\n----=_s--\r\n"
}

func opaque(content []byte) string {
	return "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrapped(content)
}

func inMixed(part string) string {
	return "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" + part + "\r\n--m\r\nContent-Type: text/plain\r\n\r\nMesso dalla lista.\r\n--m--\r\n"
}

func readSigned(tb testing.TB, raw string, trusted *someone) *Mail {
	tb.Helper()
	trust := Trust{At: signingDay}
	if trusted != nil {
		trust.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.certificate.Raw})
	}
	m, err := Read(tb.Context(), strings.NewReader(raw), Rules{Limits: DefaultLimits(), Trust: trust}, Discard{})
	require.NoError(tb, err)
	return m
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	ca := certified(t, nil, nil)
	anna := certified(t, ca, nil)
	signature := anna.sign(t, signedBody, true)
	good := clearSigned(signedBody, signature)
	attached := "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" + signedBody + "--x\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--x--\r\n"
	other := "Content-Type: text/plain\r\n\r\nLa prego di bonificare 10.000 euro.\r\n"
	type result struct {
		state  SignatureState
		reason string
		whole  bool
	}
	valid := result{SignatureValid, "", true}
	tests := map[string]struct {
		raw  string
		ca   *someone
		want result
	}{
		"clear":               {signedHead + good, ca, valid},
		"opaque":              {signedHead + opaque(anna.sign(t, signedBody, false)), ca, valid},
		"line ends lost":      {strings.ReplaceAll(signedHead+good, "\r\n", "\n"), ca, valid},
		"with a file":         {signedHead + clearSigned(attached, anna.sign(t, attached, true)), ca, valid},
		"signed with bare LF": {signedHead + clearSigned(strings.ReplaceAll(signedBody, "\r\n", "\n"), anna.sign(t, strings.ReplaceAll(signedBody, "\r\n", "\n"), true)), ca, valid},

		"changed":                          {signedHead + strings.Replace(good, "annullare", "approvare", 1), ca, result{SignatureBroken, ReasonContent, true}},
		"part header changed":              {signedHead + strings.Replace(good, "charset=utf-8", "charset=latin1", 1), ca, result{SignatureBroken, ReasonContent, true}},
		"a blank trimmed":                  {signedHead + strings.Replace(good, "urgente. ", "urgente.", 1), ca, result{SignatureBroken, ReasonContent, true}},
		"content of the signature's own":   {signedHead + clearSigned(other, anna.sign(t, signedBody, false)), ca, result{SignatureBroken, ReasonContent, true}},
		"signature of another mail":        {signedHead + clearSigned(other, signature), ca, result{SignatureBroken, ReasonContent, true}},
		"opaque, changed":                  {signedHead + opaque(bytes.Replace(anna.sign(t, signedBody, false), []byte("annullare"), []byte("approvare"), 1)), ca, result{SignatureBroken, ReasonContent, true}},
		"unknown authority":                {signedHead + good, certified(t, nil, nil), result{SignatureUntrusted, ReasonIssuer, true}},
		"nobody trusted":                   {signedHead + good, nil, result{SignatureUntrusted, ReasonIssuer, true}},
		"of another address":               {strings.Replace(signedHead, "anna@", "sindaco@", 1) + good, ca, result{SignatureUntrusted, ReasonSender, true}},
		"another address in the name":      {"From: \"anna@posta.example\" <ladro@posta.example>\r\n" + good, ca, result{SignatureUntrusted, ReasonSender, true}},
		"two senders":                      {"From: ladro@posta.example, anna@posta.example\r\n" + good, ca, result{SignatureUntrusted, ReasonSender, true}},
		"not a signature":                  {signedHead + clearSigned(signedBody, []byte("niente")), ca, result{SignatureUnverified, ReasonUnsupported, false}},
		"with a footer of the list":        {signedHead + inMixed(good), ca, result{SignatureValid, "", false}},
		"opaque beside other text":         {signedHead + inMixed(opaque(anna.sign(t, signedBody, false))), ca, result{SignatureValid, "", false}},
		"a part behind the signature":      {signedHead + strings.Replace(good, "\r\n----=_s--", "\r\n----=_s\r\n\r\nNon firmato.\r\n----=_s--", 1), ca, result{SignatureValid, "", false}},
		"of a server":                      {signedHead + signedBy(t, certified(t, ca, serverOnly)), ca, result{SignatureUntrusted, ReasonCertificate, true}},
		"expired":                          {signedHead + signedBy(t, certified(t, ca, expired)), ca, result{SignatureUntrusted, ReasonExpired, true}},
		"the authority's own, not trusted": {signedHead + signedBy(t, certified(t, nil, selfSigned)), ca, result{SignatureUntrusted, ReasonIssuer, true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := readSigned(t, tt.raw, tt.ca)
			require.Len(t, m.Signatures, 1)
			s := m.Signatures[0]
			require.Equal(t, tt.want, result{s.State, s.Reason, s.Whole})
			if s.State != SignatureUnverified {
				require.Equal(t, "Anna Rossi", s.Signer)
				for _, a := range m.Attachments {
					require.NotContains(t, a.Name, "p7")
				}
			}
			require.NotEmpty(t, m.Text)
		})
	}
}

func signedBy(tb testing.TB, who *someone) string {
	tb.Helper()
	return clearSigned(signedBody, who.sign(tb, signedBody, true))
}

func serverOnly(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }

func selfSigned(c *x509.Certificate) {
	c.Subject.CommonName, c.EmailAddresses = "Anna Rossi", []string{"anna@posta.example"}
	c.KeyUsage |= x509.KeyUsageDigitalSignature
}

func expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = signingDay.AddDate(-3, 0, 0), signingDay.AddDate(-2, 0, 0)
}

// RSASSA-PSS, as OpenSSL writes it. It is intact, by a certificate of another time; changed, it is broken.
func TestPSS(t *testing.T) {
	t.Parallel()
	for file, change := range map[string][2]string{
		"signed-pss": {"accesso agli atti", "accesso agli orti"}, "signed-pss-opaque": {"IGhvIGRp", "IGhvIGRq"},
	} {
		raw, err := os.ReadFile("testdata/mail/" + file + ".eml")
		require.NoError(t, err)
		s := readSigned(t, string(raw), nil).Signatures[0]
		require.Equal(t, []any{SignatureUntrusted, ReasonExpired, "Anna Rossi", true}, []any{s.State, s.Reason, s.Signer, s.Whole}, file)
		require.Contains(t, string(raw), change[0])
		s = readSigned(t, strings.Replace(string(raw), change[0], change[1], 1), nil).Signatures[0]
		require.Equal(t, []any{SignatureBroken, ReasonContent}, []any{s.State, s.Reason}, file)
	}
}

func TestPSSParameters(t *testing.T) {
	t.Parallel()
	type parameters struct {
		Hash    pkix.AlgorithmIdentifier `asn1:"optional,explicit,tag:0"`
		Mask    pkix.AlgorithmIdentifier `asn1:"optional,explicit,tag:1"`
		Salt    int                      `asn1:"optional,explicit,tag:2,default:20"`
		Trailer int                      `asn1:"optional,explicit,tag:3,default:1"`
	}
	of := func(oid asn1.ObjectIdentifier) pkix.AlgorithmIdentifier {
		return pkix.AlgorithmIdentifier{Algorithm: oid}
	}
	encode := func(v any) asn1.RawValue {
		der, err := asn1.Marshal(v)
		require.NoError(t, err)
		return asn1.RawValue{FullBytes: der}
	}
	mask := func(hash asn1.ObjectIdentifier) pkix.AlgorithmIdentifier {
		return pkix.AlgorithmIdentifier{Algorithm: oidMGF1, Parameters: encode(of(hash))}
	}
	sha1, sha256, sha512 := pkcs7.OIDDigestAlgorithmSHA1, pkcs7.OIDDigestAlgorithmSHA256, pkcs7.OIDDigestAlgorithmSHA512
	for name, tt := range map[string]struct {
		said   any
		digest asn1.ObjectIdentifier
		ok     bool
	}{
		"as usual":        {parameters{of(sha256), mask(sha256), 32, 1}, sha256, true},
		"another salt":    {parameters{of(sha512), mask(sha512), 20, 1}, sha512, true},
		"nothing said":    {parameters{Salt: 20, Trailer: 1}, sha1, false},
		"SHA-1":           {parameters{of(sha1), mask(sha1), 20, 1}, sha1, false},
		"two hashes":      {parameters{of(sha256), mask(sha1), 32, 1}, sha256, false},
		"another digest":  {parameters{of(sha256), mask(sha256), 32, 1}, sha512, false},
		"less than none":  {parameters{of(sha256), mask(sha256), -1, 1}, sha256, false},
		"another trailer": {parameters{of(sha256), mask(sha256), 32, 2}, sha256, false},
		"another mask":    {parameters{of(sha256), of(sha256), 32, 1}, sha256, false},
		"no parameters":   {"ciao", sha256, false},
	} {
		_, _, err := pssOf(pkix.AlgorithmIdentifier{Algorithm: oidPSS, Parameters: encode(tt.said)}, of(tt.digest))
		require.Equal(t, tt.ok, err == nil, name)
	}
}

// What the signature says of its maker is the certificate's word, made harmless.
func TestSignerIsNamed(t *testing.T) {
	t.Parallel()
	ca := certified(t, nil, nil)
	m := readSigned(t, signedHead+signedBy(t, certified(t, ca, func(c *x509.Certificate) {
		c.Subject.CommonName = "Anna\r\n\u202eRossi\x00"
	})), ca)
	s := m.Signatures[0]
	require.Equal(t, Signature{State: SignatureValid, Signer: "Anna Rossi", Email: "anna@posta.example", Issuer: "Autorità di prova", SignedAt: s.SignedAt, Whole: true}, s)
	require.False(t, s.SignedAt.IsZero())
	require.Equal(t, "La prego di annullare la pratica è urgente.", m.Text)
}

// An enclosed message's signature says nothing of the mail around it.
func TestEnclosedSignatureIsNotTheMails(t *testing.T) {
	t.Parallel()
	ca := certified(t, nil, nil)
	inner := signedHead + signedBy(t, certified(t, ca, nil))
	m := readSigned(t, "From: anna@posta.example\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\n\r\nGuardate.\r\n--f\r\nContent-Type: message/rfc822\r\n\r\n"+inner+"--f--\r\n", ca)
	require.Empty(t, m.Signatures)
	require.Contains(t, m.Text, "annullare la pratica")
}

func TestEncryptedMailSaysSo(t *testing.T) {
	t.Parallel()
	m := readSigned(t, signedHead+"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"+
		wrapped([]byte("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03")), nil)
	require.Contains(t, m.Text, "cifrato")
	require.Contains(t, m.Warnings, WarnEncrypted)
	require.Equal(t, "smime.p7m", m.Attachments[0].Name)
	require.Empty(t, m.Signatures)
}

// Signed files, as offices and notaries send them, are beside what they hold.
func TestSignedFilesAreOpened(t *testing.T) {
	t.Parallel()
	anna := certified(t, nil, nil)
	pdf := "%PDF-1.7\ndelibera\n%%EOF\n"
	once := anna.sign(t, pdf, false)
	twice := anna.sign(t, string(once), false)
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: once})
	for name, tt := range map[string]struct {
		file  string
		bytes []byte
		want  []string
	}{
		"once":        {"Delibera n. 3.pdf.p7m", once, []string{"Delibera n. 3.pdf.p7m", "Delibera n. 3.pdf"}},
		"twice":       {"delibera.PDF.p7m.P7M", twice, []string{"delibera.PDF.p7m.P7M", "delibera.PDF"}},
		"in base64":   {"delibera.pdf.p7m", []byte(wrapped(once)), []string{"delibera.pdf.p7m", "delibera.pdf"}},
		"as PEM":      {"delibera.pdf.p7m", asPEM, []string{"delibera.pdf.p7m", "delibera.pdf"}},
		"without ext": {"delibera.p7m", once, []string{"delibera.p7m", "delibera"}},
		"not signed":  {"delibera.pdf.p7m", []byte(pdf), []string{"delibera.pdf.p7m"}},
		"only a name": {".p7m", once, []string{"p7m"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := &memorySink{}
			raw := "From: a@b.it\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nIn allegato.\r\n--x\r\nContent-Type: application/pkcs7-mime; name=\"" + tt.file +
				"\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrapped(tt.bytes) + "--x--\r\n"
			m, err := Parse(t.Context(), strings.NewReader(raw), DefaultLimits(), sink)
			require.NoError(t, err)
			var names []string
			for _, a := range m.Attachments {
				names = append(names, a.Name)
			}
			require.Equal(t, tt.want, names)
			require.Equal(t, string(tt.bytes), string(sink.files[0]))
			if len(tt.want) > 1 {
				require.Equal(t, pdf, string(sink.files[1]))
				require.Equal(t, "application/pdf", m.Attachments[1].Type)
			}
			require.Empty(t, m.Signatures, "a signed file is no signed mail")
		})
	}
}

// Containers that are too large, or too many, stay closed; the mail is read.
func TestContainersHaveLimits(t *testing.T) {
	t.Parallel()
	anna := certified(t, nil, nil)
	limits := DefaultLimits()
	limits.OpenBytes = 10_000
	large := anna.sign(t, strings.Repeat("x", limits.OpenBytes+1), false)
	raw := "From: a@b.it\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/pkcs7-mime; name=a.pdf.p7m\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\n" + wrapped(large) + "--x--\r\n"
	m, err := Parse(t.Context(), strings.NewReader(raw), limits, Discard{})
	require.NoError(t, err)
	require.Len(t, m.Attachments, 1)
	require.Equal(t, int64(len(large)), m.Attachments[0].Size)
	require.Equal(t, "Il file «a.pdf.p7m» è troppo grande per essere aperto qui: è tra gli allegati, così come è arrivato.", m.Text)
	m, err = Parse(t.Context(), strings.NewReader(strings.Replace(raw, "application/pkcs7-mime; name=a.pdf.p7m", "application/ms-tnef", 1)), limits, Discard{})
	require.NoError(t, err)
	require.Equal(t, "Il file «allegato-1.bin» è troppo grande per essere aperto qui: è tra gli allegati, così come è arrivato.", m.Text)

	inner := "From: a@b.it\r\n\r\nin fondo\r\n"
	for _, n := range strings.Split("0123456789", "") {
		inner = "From: a@b.it\r\nContent-Type: multipart/mixed; boundary=x" + n + "\r\n\r\n--x" + n + "\r\nContent-Type: message/rfc822\r\n\r\n" + inner + "--x" + n + "--\r\n"
	}
	m = parseString(t, inner)
	require.Len(t, m.Attachments, openDepth+1)
	require.Equal(t, openDepth, strings.Count(m.Text, "Messaggio allegato"))
}

// FuzzSignature: no bytes in place of a signature make one valid.
func FuzzSignature(f *testing.F) {
	ca := certified(f, nil, nil)
	anna := certified(f, ca, nil)
	f.Add(anna.sign(f, signedBody, false), false)
	f.Add(anna.sign(f, "altro", true), true)
	f.Fuzz(func(t *testing.T, signature []byte, clear bool) {
		raw := signedHead + opaque(signature)
		if clear {
			raw = signedHead + clearSigned("Content-Type: text/plain\r\n\r\nMai firmato.\r\n", signature)
		}
		for _, s := range readSigned(t, raw, ca).Signatures {
			require.False(t, clear && s.State == SignatureValid)
		}
	})
}
