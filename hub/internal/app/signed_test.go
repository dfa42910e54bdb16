package app_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
)

// certificate is one of an authority's making, or the authority's own.
func certificate(t *testing.T, email string, issuer *x509.Certificate, issuerKey crypto.Signer) (*x509.Certificate, crypto.Signer) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "Autorità di prova"}, IsCA: issuer == nil, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	if issuer == nil {
		issuer, issuerKey = template, key
	} else {
		template.Subject.CommonName, template.EmailAddresses = "Anna Rossi", []string{email}
		template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, issuerKey)
	require.NoError(t, err)
	made, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return made, key
}

// A signed mail is shown with who signed it; one changed on the way, with a warning.
func TestSignedMail(t *testing.T) {
	t.Parallel()
	_, mail := newWorld(t)
	authority, authorityKey := certificate(t, "", nil, nil)
	settings := mail.settings(t, townMailbox)
	settings["signers_pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}))
	s := newSite(t, nil)
	s.addMailbox(t, "posta", settings, townPassword)
	h := s.start(t)
	anna := mail.citizen(domain)
	signer, key := certificate(t, anna.address, authority, authorityKey)
	part := "Content-Type: text/plain; charset=utf-8\r\n\r\nChiedo di annullare la pratica.\r\n"
	data, err := pkcs7.NewSignedData([]byte(part))
	require.NoError(t, err)
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	require.NoError(t, data.AddSigner(signer, key, pkcs7.SignerInfoConfig{}))
	data.Detach()
	signature, err := data.Finish()
	require.NoError(t, err)

	letter := func(about string) string {
		head := without(without(anna.letter(about, ""), "Content-Type"), "Content-Transfer-Encoding")
		return "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=s\r\n" + strings.TrimRight(head, "\r\n") +
			"\r\n\r\n--s\r\n" + part + "\r\n--s\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			base64.StdEncoding.EncodeToString(signature) + "\r\n--s--\r\n"
	}
	shown := func(raw, about string) api.Signature {
		anna.write(t, raw)
		in := h.awaitInbound(t, h.ticket(t, about).Number, 1)
		require.Len(t, value(in.Signatures), 1)
		require.Empty(t, in.Attachments)
		return (*in.Signatures)[0]
	}
	about := mark()
	got := shown(letter(about), about)
	require.Equal(t, api.SignatureStateValid, got.State)
	require.True(t, got.Whole)
	require.Equal(t, []string{"Anna Rossi", anna.address, "Autorità di prova"}, []string{value(got.Signer), value(got.Email), value(got.Issuer)})

	about = mark()
	got = shown(strings.Replace(letter(about), "annullare", "approvare", 1), about)
	require.Equal(t, api.SignatureStateBroken, got.State)
	require.Equal(t, "content", value(got.Reason))

	about = mark()
	anna.write(t, anna.letter(about, "Non firmata."))
	require.Nil(t, h.awaitInbound(t, h.ticket(t, about).Number, 1).Signatures)
}
