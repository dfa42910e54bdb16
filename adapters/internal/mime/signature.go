package mime

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/smallstep/pkcs7"
)

// Trust says whose certificates prove who signed.
type Trust struct {
	System bool      // those that this machine trusts
	PEM    []byte    // and these
	At     time.Time // when they must be valid; zero trusts nobody
}

// SignatureState is what became of an S/MIME signature.
type SignatureState string

// The states. Only the first says who wrote.
const (
	SignatureValid      SignatureState = "valid"      // intact, and the signer is who From says
	SignatureUntrusted  SignatureState = "untrusted"  // intact, but nobody answers for the signer
	SignatureBroken     SignatureState = "broken"     // the content is not what was signed
	SignatureUnverified SignatureState = "unverified" // of a kind that cannot be checked
)

// Why a signature is not valid.
const (
	ReasonIssuer      = "issuer"      // the certificate's authority is not trusted
	ReasonExpired     = "expired"     // the certificate is past its time, or before it
	ReasonSender      = "sender"      // the certificate is of another address
	ReasonCertificate = "certificate" // it is not for signing mail, or not in the mail
	ReasonContent     = "content"     // changed after it was signed
	ReasonUnsupported = "unsupported" // an algorithm or form that is not known
)

// Signature is an S/MIME signature found in a mail.
type Signature struct {
	State  SignatureState
	Reason string // "" when valid
	// Signer and Issuer are names as the certificate gives them, Email is an
	// address of the signer, the sender's if it is among them.
	Signer, Email, Issuer string
	SignedAt              time.Time // as the signer says; zero if it does not
	// Whole tells that nothing the mail shows is outside of what was signed.
	// The header never is inside.
	Whole bool
}

// maxSignatures of one mail.
const maxSignatures = 5

// hasher answers with digests taken while the content passed.
type hasher map[crypto.Hash][]byte

// Hash implements pkcs7.Hasher.
func (h hasher) Hash(f crypto.Hash, _ io.Reader) ([]byte, error) {
	if sum, ok := h[f]; ok {
		return sum, nil
	}
	return nil, pkcs7.ErrUnsupportedAlgorithm
}

// addSignature checks a signature over content whose digests are in one of
// sums, or that the signature holds itself if there are none.
func (w *walker) addSignature(p7 *pkcs7.PKCS7, whole bool, sums ...hasher) {
	if len(w.mail.Signatures) == maxSignatures {
		return
	}
	s := Signature{Whole: whole}
	certificate := signerOf(p7)
	if certificate != nil {
		s.describe(certificate, w.mail.From)
		var at time.Time
		if p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &at) == nil {
			s.SignedAt = sane(at.UTC())
		}
	}
	s.State, s.Reason = integrity(p7, certificate, sums)
	if s.State == SignatureValid {
		s.State, s.Reason = w.trusted(p7, certificate, s.Email)
	}
	w.mail.Signatures = append(w.mail.Signatures, s)
}

// integrity tells whether the content is what was signed.
func integrity(p7 *pkcs7.PKCS7, certificate *x509.Certificate, sums []hasher) (SignatureState, string) {
	if len(p7.Signers) == 0 {
		return SignatureUnverified, ReasonUnsupported
	}
	if certificate == nil {
		return SignatureUnverified, ReasonCertificate
	}
	for _, s := range p7.Signers {
		if len(s.AuthenticatedAttributes) == 0 && len(sums) > 0 {
			return SignatureUnverified, ReasonUnsupported // the library wants the content again
		}
	}
	err := verify(p7, sums)
	var time *pkcs7.SigningTimeNotValidError
	var insecure x509.InsecureAlgorithmError
	switch {
	case err == nil:
		return SignatureValid, ""
	case errors.As(err, &time):
		return SignatureUntrusted, ReasonExpired
	case errors.Is(err, pkcs7.ErrUnsupportedAlgorithm), errors.As(err, &insecure), errors.Is(err, x509.ErrUnsupportedAlgorithm),
		strings.Contains(err.Error(), "unsupported"):
		return SignatureUnverified, ReasonUnsupported
	}
	return SignatureBroken, ReasonContent
}

// verify holds a signature against what passed by. What a detached one holds
// itself counts for nothing: nobody was shown that.
func verify(p7 *pkcs7.PKCS7, sums []hasher) error {
	if len(sums) == 0 {
		return verifySigners(p7)
	}
	var err error
	for _, p7.Hasher = range sums {
		if err = verifySigners(p7); err == nil {
			break
		}
	}
	return err
}

// trusted tells whether somebody answers for the signer, and for its address.
func (w *walker) trusted(p7 *pkcs7.PKCS7, certificate *x509.Certificate, email string) (SignatureState, string) {
	if w.trust.At.IsZero() {
		return SignatureUntrusted, ReasonIssuer
	}
	between := x509.NewCertPool()
	for _, c := range p7.Certificates {
		between.AddCert(c)
	}
	_, err := certificate.Verify(x509.VerifyOptions{
		Roots: w.trust.roots(), Intermediates: between, CurrentTime: w.trust.At,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	})
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return SignatureUntrusted, ReasonExpired
	case errors.As(err, &unknown):
		return SignatureUntrusted, ReasonIssuer
	case err != nil, certificate.KeyUsage != 0 && certificate.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0:
		return SignatureUntrusted, ReasonCertificate
	case len(w.mail.From) != 1 || !strings.EqualFold(w.mail.From[0].Email, email):
		return SignatureUntrusted, ReasonSender
	}
	return SignatureValid, ""
}

// systemRoots are read once in a reader's life, when the first signed mail comes.
var systemRoots = sync.OnceValue(func() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return x509.NewCertPool()
	}
	return pool
})

func (t Trust) roots() *x509.CertPool {
	roots := x509.NewCertPool()
	if t.System {
		roots = systemRoots().Clone()
	}
	roots.AppendCertsFromPEM(t.PEM)
	return roots
}

// signerOf finds the certificate of the first signer.
func signerOf(p7 *pkcs7.PKCS7) *x509.Certificate {
	if len(p7.Signers) == 0 {
		return nil
	}
	want := p7.Signers[0].IssuerAndSerialNumber
	for _, c := range p7.Certificates {
		if want.SerialNumber != nil && c.SerialNumber.Cmp(want.SerialNumber) == 0 && bytes.Equal(c.RawIssuer, want.IssuerName.FullBytes) {
			return c
		}
	}
	return nil
}

var oidEmail = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

func (s *Signature) describe(c *x509.Certificate, from []Address) {
	emails := c.EmailAddresses
	for _, name := range c.Subject.Names {
		if text, ok := name.Value.(string); ok && name.Type.Equal(oidEmail) {
			emails = append(emails, text)
		}
	}
	for i, email := range emails {
		if i == 0 || len(from) == 1 && strings.EqualFold(email, from[0].Email) {
			s.Email = certificateText(email)
		}
	}
	if s.Signer = certificateText(c.Subject.CommonName); s.Signer == "" {
		s.Signer = s.Email
	}
	if s.Issuer = certificateText(c.Issuer.CommonName); s.Issuer == "" && len(c.Issuer.Organization) > 0 {
		s.Issuer = certificateText(c.Issuer.Organization[0])
	}
}

// certificateText shows what a certificate, which anybody can make, says.
func certificateText(s string) string {
	const most = 200
	return firstRunes(cleanName(s), most)
}
