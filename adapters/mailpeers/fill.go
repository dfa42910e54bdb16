package mailpeers

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
)

// Fill puts n mails into the INBOX of an address that nobody has opened yet, by writing the files of its Maildir: a
// hundred thousand in seconds, where deliveries take a quarter of an hour. They are numbered in their order.
func (p *Peers) Fill(tb testing.TB, address string, n int, mail func(n int) []byte) {
	tb.Helper()
	account, err := user.Lookup("nobody")
	check(tb, err)
	uid, err := strconv.Atoi(account.Uid)
	check(tb, err)
	home := filepath.Join(p.dir, "mail", address)
	for _, dir := range []string{home, filepath.Join(home, "cur"), filepath.Join(home, "new"), filepath.Join(home, "tmp")} {
		check(tb, os.MkdirAll(dir, 0o700))
		check(tb, os.Chown(dir, uid, -1))
	}
	const epoch = 1_700_000_000 // the server sorts by the seconds in front of the name
	for i := range n {
		path := filepath.Join(home, "cur", fmt.Sprintf("%d.M%06dP1.prova:2,", epoch+i, i%1_000_000))
		check(tb, os.WriteFile(path, mail(i), 0o600))
		check(tb, os.Chown(path, uid, -1))
	}
}
