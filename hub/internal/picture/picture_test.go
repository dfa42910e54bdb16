package picture

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"sportello.dev/hub/internal/fault"
)

func drawn(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))))
	return b.Bytes()
}

// near lets a fetcher reach the test's own server, and nothing else.
func near(t *testing.T, handler http.HandlerFunc) (*Fetcher, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	own := netip.MustParseAddrPort(server.Listener.Addr().String())
	return newFetcher(func(to netip.AddrPort) error {
		if to == own {
			return nil
		}
		return public(to)
	}, &net.Resolver{PreferGo: true}), server.URL
}

func TestPicturesAreFetched(t *testing.T) {
	t.Parallel()
	picture := drawn(t, 30, 20)
	var asked *http.Request
	f, url := near(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Set-Cookie", "seen=1")
		_, _ = w.Write(picture)
	})
	for range 2 {
		got, err := f.Fetch(t.Context(), url+"/a.png?who=giulia")
		require.NoError(t, err)
		require.Equal(t, Picture{Type: "image/png", Bytes: picture}, got)
		require.Equal(t, "/a.png?who=giulia", asked.RequestURI)
		for _, name := range []string{"Cookie", "Referer", "Accept-Language", "Origin", "X-Forwarded-For"} {
			require.Empty(t, asked.Header.Get(name))
		}
	}
}

func TestWhatIsNoPictureIsNotShown(t *testing.T) {
	t.Parallel()
	var pixel bytes.Buffer
	require.NoError(t, gif.Encode(&pixel, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black}), nil))
	wide := bytes.Clone(drawn(t, 30, 20))
	copy(wide[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65,536 by 65,536, by its own word
	for name, body := range map[string]string{
		"nothing": "", "text": "ciao", "HTML": "<html><script>1</script>", "SVG": `<svg xmlns="http://www.w3.org/2000/svg"/>`,
		"half a picture": "\x89PNG\r\n\x1a\n", "pixel": string(drawn(t, 1, 1)), "line": string(drawn(t, 600, 1)), "pixel GIF": pixel.String(),
		"too many pixels": string(wide), "too many bytes": string(drawn(t, 30, 20)) + strings.Repeat("x", maxBytes), "BMP": "BM" + strings.Repeat("x", 60),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, url := near(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/png")
				_, _ = w.Write([]byte(body))
			})
			_, err := f.Fetch(t.Context(), url)
			require.Equal(t, fault.CodeNotFound, fault.Kind(err), "%v", err)
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	f, url := near(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/next" {
			followed.Store(true)
		}
		http.Redirect(w, r, "/next", http.StatusFound)
	})
	_, err := f.Fetch(t.Context(), url)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	require.False(t, followed.Load())
}

func TestNoWayIntoTheTownsNetwork(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"127.0.0.1:80", "127.9.9.9:80", "0.0.0.0:80", "0.1.2.3:80", "10.0.0.1:80", "10.255.255.255:443", "172.16.0.1:80", "172.31.255.255:80",
		"192.168.0.1:80", "192.168.255.255:80", "169.254.169.254:80", "169.254.0.1:80", "100.64.0.1:80", "100.127.255.255:80", "192.0.0.1:80",
		"192.0.2.1:80", "198.18.0.1:80", "198.19.255.255:80", "198.51.100.1:80", "203.0.113.1:80", "224.0.0.1:80", "239.255.255.255:80",
		"240.0.0.1:80", "255.255.255.255:80", "192.88.99.1:80",
		"[::1]:80", "[::]:80", "[::ffff:127.0.0.1]:80", "[::ffff:10.0.0.1]:80", "[::ffff:169.254.169.254]:80", "[::ffff:8.8.8.8]:25", "[::127.0.0.1]:80", "[::ffff:0:127.0.0.1]:80",
		"[64:ff9b::7f00:1]:80", "[64:ff9b::a9fe:a9fe]:80", "[64:ff9b:1::1]:80", "[2002:7f00:1::]:80", "[2001::1]:80", "[2001:db8::1]:80", "[100::1]:80",
		"[fc00::1]:80", "[fd12:3456::1]:80", "[fe80::1]:80", "[fe80::1%eth0]:80", "[fec0::1]:80", "[ff02::1]:80", "[ff05::2]:80", "[4000::1]:80", "[3fff::1]:80", "[5f00::1]:80",
		"8.8.8.8:22", "8.8.8.8:25", "8.8.8.8:5432", "8.8.8.8:8080", "[2606:4700::1111]:6379",
	} {
		require.Error(t, public(netip.MustParseAddrPort(address)), address)
	}
	for _, address := range []string{"8.8.8.8:80", "93.184.216.34:443", "[2606:4700::1111]:443", "[2a00:1450:4002::1]:80", "172.32.0.1:80", "100.128.0.1:443"} {
		require.NoError(t, public(netip.MustParseAddrPort(address)), address)
	}
}

func TestAddressesThatLeadHomeAreNotAsked(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	f := NewFetcher()
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[0:0:0:0:0:ffff:7f00:1]", "[::]",
		"user:pw@127.0.0.1", "127.0.0.1.", "LOCALHOST", "127。0。0。1",
	} {
		for _, scheme := range []string{"http", "https"} {
			_, err := f.Fetch(t.Context(), scheme+"://"+host+":"+port+"/")
			require.Error(t, err, host)
			_, err = f.Fetch(t.Context(), scheme+"://"+host+"/")
			require.Error(t, err, host)
		}
	}
	for _, address := range []string{"", "x", "/etc/passwd", "file:///etc/passwd", "ftp://8.8.8.8/", "gopher://127.0.0.1/", "data:image/png,x", "http://", "http:127.0.0.1", "//127.0.0.1"} {
		_, err := f.Fetch(t.Context(), address)
		require.Error(t, err, address)
	}
	require.Zero(t, asked.Load())
}

// TestNamesThatLeadHome resolves a stranger's name to this machine: the check sees the address that would be dialled.
func TestNamesThatLeadHome(t *testing.T) {
	t.Parallel()
	var checked []netip.AddrPort
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	go answerNames(conn)
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	f := newFetcher(func(to netip.AddrPort) error {
		checked = append(checked, to)
		return public(to)
	}, resolver)
	_, err = f.Fetch(t.Context(), "http://rebind.spy.example/")
	require.Error(t, err)
	require.NotEmpty(t, checked)
	for _, to := range checked {
		require.True(t, to.Addr().IsLoopback(), "the check sees the address itself: %s", to)
	}
}

// answerNames answers every question for an IPv4 address with this machine, until the connection is closed.
func answerNames(conn net.PacketConn) {
	buffer := make([]byte, 1500)
	for {
		size, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buffer[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		m.Response, m.Additionals = true, nil
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
		}
		if packed, err := m.Pack(); err == nil {
			_, _ = conn.WriteTo(packed, from)
		}
	}
}
