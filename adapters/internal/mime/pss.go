package mime

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"

	"github.com/smallstep/pkcs7"
)

var (
	oidPSS  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
)

var errPSS = errors.New("unsupported parameters of RSASSA-PSS")

// verifySigners is Verify of the library, which knows all but RSASSA-PSS.
func verifySigners(p7 *pkcs7.PKCS7) error {
	for i, s := range p7.Signers {
		one := *p7
		one.Signers = p7.Signers[i : i+1]
		err := one.Verify()
		// Everything else about the signer was in order when its algorithm was looked at.
		if err != nil && s.DigestEncryptionAlgorithm.Algorithm.Equal(oidPSS) &&
			err.Error() == fmt.Sprintf("pkcs7: unsupported algorithm %q", oidPSS) {
			err = verifyPSS(&one)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// verifyPSS checks the signature of the only signer over its attributes, among
// which is the digest of the content; the caller has compared that.
func verifyPSS(p7 *pkcs7.PKCS7) error {
	s, certificate := p7.Signers[0], signerOf(p7)
	hash, salt, err := pssOf(s.DigestEncryptionAlgorithm, s.DigestAlgorithm)
	if err != nil {
		return err
	}
	signed := p7.Content
	if len(s.AuthenticatedAttributes) > 0 {
		if signed, err = attributeSet(s.AuthenticatedAttributes); err != nil {
			return err
		}
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return errPSS
	}
	digest := hash.New()
	digest.Write(signed)
	return rsa.VerifyPSS(key, hash, digest.Sum(nil), s.EncryptedDigest, &rsa.PSSOptions{SaltLength: salt})
}

// pssOf reads what a signer says it did (RFC 4055). One hash does everything,
// and it is not SHA-1, which stands where nothing is said.
func pssOf(signature, digest pkix.AlgorithmIdentifier) (hash crypto.Hash, salt int, err error) {
	var p struct {
		Hash    pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
		Mask    pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
		Salt    int                      `asn1:"optional,explicit,tag:2,default:20"`
		Trailer int                      `asn1:"optional,explicit,tag:3,default:1"`
	}
	var mask pkix.AlgorithmIdentifier
	if rest, err := asn1.Unmarshal(signature.Parameters.FullBytes, &p); err != nil || len(rest) > 0 {
		return 0, 0, errPSS
	}
	if _, err := asn1.Unmarshal(p.Mask.Parameters.FullBytes, &mask); err != nil || !p.Mask.Algorithm.Equal(oidMGF1) {
		return 0, 0, errPSS
	}
	switch {
	case p.Hash.Algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA256):
		hash = crypto.SHA256
	case p.Hash.Algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA384):
		hash = crypto.SHA384
	case p.Hash.Algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA512):
		hash = crypto.SHA512
	}
	if hash == 0 || p.Salt < 0 || p.Trailer != 1 || !mask.Algorithm.Equal(p.Hash.Algorithm) || !digest.Algorithm.Equal(p.Hash.Algorithm) {
		return 0, 0, errPSS
	}
	return hash, p.Salt, nil
}

// attributeSet is the form in which attributes are signed.
func attributeSet[T any](list []T) ([]byte, error) {
	der, err := asn1.Marshal(struct {
		Set []T `asn1:"set"`
	}{list})
	if err != nil {
		return nil, fmt.Errorf("writing signed attributes: %w", err)
	}
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil, fmt.Errorf("writing signed attributes: %w", err)
	}
	return outer.Bytes, nil
}
