package channel

import (
	"fmt"
	"sync"

	"google.golang.org/grpc"
)

// hostLinks shares one connection to the hub among the channels that were opened with the same broker id. An id can be
// dialled only once, so a connection without users stays until another id comes.
type hostLinks struct {
	dial HostDialer

	mu    sync.Mutex
	links map[uint32]*hostLink
}

type hostLink struct {
	conn  *grpc.ClientConn
	users int
}

// link answers the connection and the function that gives it back.
func (h *hostLinks) link(brokerID uint32) (*grpc.ClientConn, func(), error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	link := h.links[brokerID]
	if link == nil {
		h.closeUnused()
		conn, err := h.dial(brokerID)
		if err != nil {
			return nil, nil, fmt.Errorf("connecting to the hub: %w", err)
		}
		link = &hostLink{conn: conn}
		h.links[brokerID] = link
	}
	link.users++
	return link.conn, sync.OnceFunc(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		link.users--
	}), nil
}

func (h *hostLinks) closeUnused() {
	for id, link := range h.links {
		if link.users == 0 {
			delete(h.links, id)
			// The hub has let go of its end already; there is nothing to do about an error.
			_ = link.conn.Close()
		}
	}
}

// close ends every connection.
func (h *hostLinks) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, link := range h.links {
		link.users = 0
	}
	h.closeUnused()
}
