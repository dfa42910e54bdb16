package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// identity is whom the server runs as.
type identity struct {
	uid, gid int
	// switched: the process takes uid and gid; only root can.
	switched bool
	// namespaced: the process stays root outside and is nobody in a user namespace of its own.
	namespaced bool
}

// overflowID is nobody's id inside the namespace; any but 0 would do.
const overflowID = 65534

func (i identity) String() string {
	switch {
	case i.namespaced:
		return "nobody in a user namespace"
	case i.switched:
		return "uid " + strconv.Itoa(i.uid)
	}
	return "the same user"
}

// attributes make a process of this identity that dies with the hub, in a group of its own: Ctrl-C on a terminal is for
// the hub, which ends the server last.
func (i identity) attributes(deathSignal syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: deathSignal, Setpgid: true}
	switch {
	case i.switched:
		attr.Credential = &syscall.Credential{Uid: uint32(i.uid), Gid: uint32(i.gid), Groups: []uint32{}}
	case i.namespaced:
		attr.Cloneflags = syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: overflowID, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: overflowID, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// own hands a file or directory to the server.
func (i identity) own(path string) error {
	if !i.switched {
		return nil
	}
	return os.Chown(path, i.uid, i.gid)
}

// identity decides whom the server runs as: the owner of existing data, for a
// new directory the first identity that can reach the programs and the directory.
func (h *home) identity(ctx context.Context, bin binaries) (identity, error) {
	options, err := h.identities()
	if err != nil {
		return identity{}, err
	}
	var failures []error
	for _, who := range options {
		_, err := bin.run(ctx, who, h.dir, "postgres", "--version")
		if err == nil {
			return who, nil
		}
		failures = append(failures, fmt.Errorf("as %s: %w", who, err))
	}
	return identity{}, fmt.Errorf("PostgreSQL in %s cannot run for the data in %s; both must be reachable for the server's user: %w",
		bin.dir, h.dir, errors.Join(failures...))
}

func (h *home) identities() ([]identity, error) {
	self := identity{uid: os.Geteuid(), gid: os.Getegid()}
	info, err := os.Stat(h.data())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if self.uid != 0 {
			return []identity{self}, nil
		}
		return append(unprivileged(), namespaced()), nil
	case err != nil:
		return nil, fmt.Errorf("looking at the data directory: %w", err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	switch {
	case self.uid == 0 && owner.Uid == 0:
		return []identity{namespaced()}, nil
	case self.uid == 0:
		return []identity{{uid: int(owner.Uid), gid: int(owner.Gid), switched: true}}, nil
	case self.uid != int(owner.Uid):
		return nil, fmt.Errorf("%s belongs to uid %d and this process is uid %d: run it as that user", h.data(), owner.Uid, self.uid)
	}
	return []identity{self}, nil
}

func namespaced() identity {
	return identity{uid: os.Geteuid(), gid: os.Getegid(), namespaced: true}
}

// unprivileged lists the accounts root may lend to the server.
func unprivileged() []identity {
	var all []identity
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 {
			all = append(all, identity{uid: uid, gid: gid, switched: true})
		}
	}
	return all
}
