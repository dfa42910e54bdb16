// Package listener gives network servers a listener whose connections have an owner: they can be cut, and waited for.
package listener

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// Listener accepts connections and remembers them until their server closes them.
type Listener struct {
	net.Listener

	mu    sync.Mutex
	conns map[*conn]struct{}
	ended bool
	open  sync.WaitGroup
}

// Listen opens a TCP listener on addr.
func Listen(ctx context.Context, addr string) (*Listener, error) {
	var config net.ListenConfig
	inner, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	return &Listener{Listener: inner, conns: make(map[*conn]struct{})}, nil
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: inner, owner: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return nil, errors.Join(net.ErrClosed, inner.Close())
	}
	l.conns[c] = struct{}{}
	l.open.Add(1)
	return c, nil
}

// CutAll breaks every open connection; new ones are still accepted.
func (l *Listener) CutAll() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		// The server notices the broken connection and closes it itself; an error means it was broken already.
		_ = c.Conn.Close()
	}
	return len(l.conns)
}

// Shutdown stops accepting, cuts all connections and waits until their server has let go of each of them.
func (l *Listener) Shutdown() error {
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	err := l.Close()
	l.CutAll()
	l.open.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

type conn struct {
	net.Conn
	owner *Listener
	once  sync.Once
}

// Close is what the server calls when it is done with the connection.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.owner.mu.Lock()
		delete(c.owner.conns, c)
		c.owner.mu.Unlock()
		c.owner.open.Done()
	})
	return err
}
