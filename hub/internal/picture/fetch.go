// Package picture fetches pictures that a stranger's letter names, for a reader
// who asked to see them. The browser never goes there itself: what the other
// side learns is that somebody in the town looked, at what time, and nothing else.
//
// The address is the stranger's choice, so it must not become a way into the
// town's network: names are resolved and the very address that is dialled is
// checked, whatever the name says a moment later.
package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/gif"  // known to DecodeConfig
	_ "image/jpeg" // known to DecodeConfig
	_ "image/png"  // known to DecodeConfig
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	_ "golang.org/x/image/webp" // known to DecodeConfig

	"sportello.dev/hub/internal/fault"
)

// Bounds on one picture.
const (
	// patience is for all of it: name, connection, answer.
	patience = 12 * time.Second
	// maxBytes and maxPixels are the largest picture; minSide is what is there to be seen, not to be counted.
	maxBytes  = 5 << 20
	maxPixels = 40_000_000
	minSide   = 3
	// atOnce is how many are fetched at the same time; others wait.
	atOnce = 8
)

// Picture is what was fetched.
type Picture struct {
	// Type is image/png, image/jpeg, image/gif or image/webp, found from the bytes.
	Type  string
	Bytes []byte
}

// Fetcher fetches pictures. It keeps nothing: no picture, no cookie, no connection.
type Fetcher struct {
	client *http.Client
	slots  chan struct{}
}

// NewFetcher returns a fetcher for addresses that anybody in the world could reach.
func NewFetcher() *Fetcher {
	return newFetcher(public, &net.Resolver{PreferGo: true})
}

func newFetcher(check func(netip.AddrPort) error, resolver *net.Resolver) *Fetcher {
	dialer := &net.Dialer{Timeout: patience, Resolver: resolver, KeepAlive: -1,
		Control: func(_, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("reading the address to dial: %w", err)
			}
			return check(to)
		}}
	return &Fetcher{slots: make(chan struct{}, atOnce), client: &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: patience, DisableKeepAlives: true,
			DisableCompression: true, MaxResponseHeaderBytes: 64 << 10,
		},
		// Where a redirect leads was never in the letter.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Fetch gets a picture. What is none, is refused or too large is NotFound; a place that does not answer is Unavailable.
func (f *Fetcher) Fetch(ctx context.Context, address string) (Picture, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return Picture{}, fault.NotFound("the address is none a picture is fetched from")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return Picture{}, fault.Unavailable("too many pictures are being fetched: %w", ctx.Err())
	}
	raw, err := f.get(ctx, address)
	if err != nil {
		return Picture{}, err
	}
	return read(raw)
}

func (f *Fetcher) get(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fault.NotFound("the address is none a picture is fetched from: %w", err)
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (pictures in mail)")
	req.Header.Set("Accept", "image/webp,image/png,image/jpeg,image/gif")
	answer, err := f.client.Do(req)
	if err != nil {
		return nil, fault.Unavailable("fetching a picture: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.ContentLength > maxBytes {
		return nil, fault.NotFound("the other side has no such picture (status %d)", answer.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxBytes+1))
	if err != nil {
		return nil, fault.Unavailable("fetching a picture: %w", err)
	}
	if len(raw) > maxBytes {
		return nil, fault.NotFound("the picture is larger than %d bytes", maxBytes)
	}
	return raw, nil
}

// read holds the bytes against what browsers show as a still picture without scripts.
func read(raw []byte) (Picture, error) {
	kind := http.DetectContentType(raw)
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
	default:
		return Picture{}, fault.NotFound("what came is no picture that is shown")
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return Picture{}, fault.NotFound("what came is no whole picture: %w", err)
	}
	if size.Width < minSide || size.Height < minSide || size.Width > maxPixels/size.Height {
		return Picture{}, fault.NotFound("a picture of %d by %d is not shown", size.Width, size.Height)
	}
	return Picture{Type: kind, Bytes: raw}, nil
}
