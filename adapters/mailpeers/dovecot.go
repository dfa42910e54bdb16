package mailpeers

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/emersion/go-smtp"
)

// startDovecot writes a configuration of its own. Settings and braces stand on
// lines of their own, as this version demands.
func (p *Peers) startDovecot(tb testing.TB) {
	tb.Helper()
	mail := p.own(tb, "mail", "nobody")
	config := fmt.Sprintf(`base_dir=%[1]s/run
state_dir=%[1]s/state
log_path=%[1]s/dovecot.log
protocols=imap lmtp
listen=127.0.0.1
ssl=no
disable_plaintext_auth=no
auth_mechanisms=plain login
auth_failure_delay=0
mail_location=maildir:%[2]s/%%u
default_internal_user=nobody
default_internal_group=nogroup
default_login_user=nobody
first_valid_uid=1
recipient_delimiter=+
service anvil {
  chroot=
  unix_listener anvil-auth-penalty {
    mode=0
  }
}
service imap-login {
  chroot=
  inet_listener imap {
    port=%[3]d
  }
  inet_listener imaps {
    port=0
  }
}
service lmtp {
  inet_listener lmtp {
    port=%[4]d
  }
}
service auth {
  unix_listener %[1]s/auth {
    mode=0666
  }
}
passdb {
  driver=static
  args=password=%[5]s
}
userdb {
  driver=static
  args=uid=nobody gid=nogroup home=%[2]s/%%u allow_all_users=yes
}
protocol lmtp {
  postmaster_address=postmaster@example.com
  lmtp_save_to_detail_mailbox=yes
}
namespace inbox {
  inbox=yes
  separator=/
}
`, p.dir, mail, p.IMAP, p.LMTP, Password)
	path := p.write(tb, "dovecot.conf", config)
	for _, name := range []string{"run", "state"} {
		check(tb, os.MkdirAll(filepath.Join(p.dir, name), 0o755))
	}
	run(tb, "dovecot", "-F", "-c", path)
	answers(tb, p.IMAP, p.logOf("dovecot.log"))
	answers(tb, p.LMTP, p.logOf("dovecot.log"))
}

func deliver(port int, from, to string, mail []byte) error {
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("connecting to LMTP: %w", err)
	}
	client := smtp.NewClientLMTP(conn)
	defer func() { _ = client.Close() }()
	if err := client.Mail(from, nil); err != nil {
		return err
	}
	if err := client.Rcpt(to, nil); err != nil {
		return err
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write(mail); err != nil {
		return err
	}
	_, err = data.CloseWithLMTPResponse()
	return err
}
