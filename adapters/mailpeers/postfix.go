package mailpeers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// startPostfix takes the distribution's list of services, on another port and
// without chroot.
func (p *Peers) startPostfix(tb testing.TB) {
	tb.Helper()
	queue := filepath.Join(p.dir, "queue")
	check(tb, os.MkdirAll(queue, 0o755))
	data := p.own(tb, "data", "postfix")
	var transports []string
	for _, domain := range Domains {
		transports = append(transports, fmt.Sprintf("%s=lmtp:inet:127.0.0.1:%d", domain, p.LMTP))
	}
	config := []string{
		"compatibility_level=3.6",
		"queue_directory=" + queue, "data_directory=" + data,
		"maillog_file=" + filepath.Join(p.dir, "postfix.log"), "maillog_file_prefixes=" + p.dir,
		"myhostname=mx.comune.esempio.it", "inet_interfaces=127.0.0.1", "inet_protocols=ipv4",
		"mydestination=", "mynetworks=", "alias_maps=", "alias_database=", "local_recipient_maps=",
		addresses(), "transport_maps=inline:{" + strings.Join(transports, ", ") + "}",
		"smtpd_sasl_auth_enable=yes", "smtpd_sasl_type=dovecot", "smtpd_sasl_path=" + filepath.Join(p.dir, "auth"),
		"smtpd_relay_restrictions=permit_sasl_authenticated,reject_unauth_destination",
		"smtpd_recipient_restrictions=check_recipient_access inline:{{nessuno@example.com=550 5.1.1 no such user}}",
		fmt.Sprintf("sender_bcc_maps=inline:{%s=%s}", Filing, strings.Replace(Filing, "@", "+"+FiledIn+"@", 1)),
		"message_size_limit=40960000", "mailbox_size_limit=0", "smtpd_tls_security_level=none",
		"maximal_queue_lifetime=1h", "bounce_queue_lifetime=1h", "smtputf8_enable=no", "smtpd_error_sleep_time=0",
		"smtpd_peername_lookup=no", "smtp_dns_support_level=disabled", "lmtp_dns_support_level=disabled",
	}
	p.write(tb, "postfix/main.cf", strings.Join(config, "\n")+"\n")
	p.write(tb, "postfix/master.cf", p.services(tb))
	// The command that starts it would stand between us and the master process,
	// which then outlives a signal. So it only prepares the directories.
	dir := filepath.Join(p.dir, "postfix")
	postfix, err := find("postfix")
	check(tb, err)
	prepare := exec.Command(postfix, "-c", dir, "check")
	prepare.Env = environment()
	if said, err := prepare.CombinedOutput(); err != nil {
		tb.Fatalf("preparing Postfix: %v\n%s", err, said)
	}
	run(tb, master, "-c", dir, "-d")
	answers(tb, p.SMTP, p.logOf("postfix.log"))
}

// master is where the distribution has it.
const master = "/usr/lib/postfix/sbin/master"

var (
	smtpLine  = regexp.MustCompile(`(?m)^smtp\s+inet\s.*$`)
	chrootRow = regexp.MustCompile(`(?m)^(\S+\s+(?:unix|inet|fifo|unix-dgram)\s+\S+\s+\S+\s+)y`)
)

func (p *Peers) services(tb testing.TB) string {
	tb.Helper()
	list, err := os.ReadFile("/usr/share/postfix/master.cf.dist")
	check(tb, err)
	services := chrootRow.ReplaceAllString(string(list), "${1}n")
	services = smtpLine.ReplaceAllString(services, fmt.Sprintf("127.0.0.1:%d inet n - n - - smtpd", p.SMTP))
	if !strings.Contains(services, "postlogd") {
		services += "postlog unix-dgram n - n - 1 postlogd\n"
	}
	return services
}
