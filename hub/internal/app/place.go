package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// maxPlaces is how many replicas one machine can have on one data directory.
const maxPlaces = 64

// place is a replica's file in the data directory, locked as long as its process lives. It names the replica. Whoever
// gets the lock knows that the replica named in it is dead, however it died, and need not wait for its silence to grow
// long. Machines that share a directory have places of their own, so that nothing hangs on locks across a network.
type place struct{ file *os.File }

// takePlace locks the first free place of this machine and returns the replica that was there before, if any.
func takePlace(dir, host string) (*place, id.Replica, error) {
	dir = filepath.Join(dir, "replicas")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, id.Replica{}, fmt.Errorf("making the directory of places: %w", err)
	}
	for n := range maxPlaces {
		f, err := os.OpenFile(filepath.Join(dir, url.PathEscape(host)+"-"+strconv.Itoa(n+1)), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, id.Replica{}, fmt.Errorf("opening a place: %w", err)
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			p := &place{file: f}
			return p, p.former(), nil
		}
		f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, id.Replica{}, fmt.Errorf("locking a place: %w", err)
		}
	}
	return nil, id.Replica{}, fmt.Errorf("%s holds %d running replicas", dir, maxPlaces)
}

// former reads who was here; what cannot be read was nobody.
func (p *place) former() id.Replica {
	text, err := io.ReadAll(io.LimitReader(p.file, 64))
	if err != nil {
		return id.Replica{}
	}
	former, err := id.Parse[id.Replica](strings.TrimSpace(string(text)))
	if err != nil {
		return id.Replica{}
	}
	return former
}

// settle writes who is here now.
func (p *place) settle(replica id.Replica) error {
	text := replica.String() + "\n"
	_, err := p.file.WriteAt([]byte(text), 0)
	if err := errors.Join(err, p.file.Truncate(int64(len(text)))); err != nil {
		return fmt.Errorf("writing a place: %w", err)
	}
	return nil
}

// leave lets the next process have the place. Closing alone would leave the lock with a child that is just being started.
func (p *place) leave() {
	if p != nil {
		_ = syscall.Flock(int(p.file.Fd()), syscall.LOCK_UN)
		p.file.Close()
	}
}

// succeed takes a place and what the replica that died there left behind. Only then does this one take its name, so that
// a process killed in between leaves the work to the next.
func (a *App) succeed(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("asking for the host's name: %w", err)
	}
	var former id.Replica
	a.place, former, err = takePlace(a.cfg.DataDir, host)
	if err != nil {
		return err
	}
	err = postgres.InTx(ctx, a.Pool, func(tx pgx.Tx) error {
		if !former.IsZero() {
			if err := a.bury(ctx, tx, former); err != nil {
				return err
			}
		}
		return a.Deliveries.Arrive(ctx, tx, a.replica, host)
	})
	if err != nil {
		return fmt.Errorf("taking the place of a former replica: %w", err)
	}
	return a.place.settle(a.replica)
}

// bury frees what a dead replica held: its leases and its attempts. The lanes of intake went with its sessions.
func (a *App) bury(ctx context.Context, tx pgx.Tx, dead id.Replica) error {
	if err := a.Channels.ReleaseFormer(ctx, tx, dead); err != nil {
		return err
	}
	return a.Deliveries.Bury(ctx, tx, dead)
}
