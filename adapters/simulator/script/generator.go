package script

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"sportello.dev/adapters/simulator/internal/letter"
)

// Ordinary is the kind of a letter that gives nobody trouble; the other kinds are listed by Kinds.
const Ordinary = "ordinary"

// Mail is a message ready to be sent.
type Mail struct {
	Kind   string
	Letter Letter // what it was made from, placeholders filled in
	Sender Citizen
	// Account is who logs in to send it; empty for mail that comes from elsewhere or pretends to.
	Account   string
	MailFrom  string // envelope sender
	To        []string
	MessageID string // empty if it has none
	Subject   string
	Raw       []byte
	Copies    int // how many times it is sent
}

// Generator writes mail. It is not safe for concurrent use.
type Generator struct {
	rng    *rand.Rand
	seed   uint64
	town   letter.Address
	now    func() time.Time
	serial int
	order  []int // letters still to be used before any comes again
}

// New returns a generator of mail to a mailbox of the town hall.
func New(seed uint64, mailbox string, now func() time.Time) *Generator {
	return &Generator{
		rng: rand.New(rand.NewPCG(seed, 0x5a1d0)), seed: seed, now: now,
		town: letter.Address{Name: "Comune di Valdoria", Address: mailbox},
	}
}

// Next writes a letter; about one in five is awkward.
func (g *Generator) Next() Mail {
	if g.rng.IntN(5) == 0 {
		m, err := g.Awkward(g.anyKind())
		if err == nil {
			return m
		}
	}
	return g.Ordinary()
}

// Ordinary writes a letter as the sender's mail program would.
func (g *Generator) Ordinary() Mail {
	c, l := g.pair()
	return g.write(c, l)
}

// Write writes a given letter from a given citizen, with its placeholders filled in.
func (g *Generator) Write(c Citizen, l Letter) Mail { return g.write(c, g.fill(l, c)) }

// Answer writes what a citizen answers to a message from the town hall, or nothing if this citizen leaves it at that.
// Machine mail is never answered.
func (g *Generator) Answer(c Citizen, raw []byte) (Mail, bool) {
	got := letter.Parse(raw)
	got.Date = got.Date.In(g.now().Location()) // quoted as the reader's clock had it
	tone := pick(g.rng, []string{"grazie", "grazie", "domanda", "domanda", "reclamo", "", "", "", ""})
	if got.Automatic() || tone == "" {
		return Mail{}, false
	}
	var fitting []Letter
	for _, f := range catalogue().follow {
		if strings.HasPrefix(f.Key, tone) {
			fitting = append(fitting, f)
		}
	}
	l := pick(g.rng, fitting)
	d := letter.Reply(got, address(c), false)
	if len(d.To) == 0 {
		return Mail{}, false
	}
	l.Subject = d.Subject
	d.Text = l.Text + "\n\n" + closing(c) + "\n\n" + quote(c, got)
	g.stamp(&d, c)
	return mail(Ordinary, l, c, &d), true
}

// write makes the message of a filled-in letter.
func (g *Generator) write(c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	return mail(Ordinary, l, c, &d)
}

// draft starts a message in the manner of the citizen's mail program.
func (g *Generator) draft(c Citizen, l Letter) letter.Draft {
	d := letter.Draft{From: address(c), To: []letter.Address{g.town}, Subject: l.Subject, Text: l.Text + "\n\n" + closing(c) + "\n"}
	switch c.Client {
	case Gmail:
		d.To = []letter.Address{{Address: g.town.Address}}
		d.HTML = `<div dir="ltr">` + strings.ReplaceAll(escape(d.Text), "\n", "<br>\n") + "</div>\n"
	case Outlook:
		d.HTML = outlookHTML(d.Text)
	}
	g.stamp(&d, c)
	return d
}

// stamp gives a draft its date, id and mail program.
func (g *Generator) stamp(d *letter.Draft, c Citizen) {
	d.Date = g.now().Truncate(time.Second)
	d.MessageID = g.messageID(c)
	if agent := agents[c.Client]; agent != "" {
		d.Extra = append(d.Extra, letter.Field{Name: "X-Mailer", Value: agent})
	}
}

var agents = map[Client]string{
	Outlook: "Microsoft Outlook 16.0", IPhone: "iPhone Mail (22D63)", Thunderbird: "Mozilla Thunderbird",
}

func mail(kind string, l Letter, c Citizen, d *letter.Draft) Mail {
	m := Mail{
		Kind: kind, Letter: l, Sender: c, Account: c.Address, MailFrom: c.Address, MessageID: d.MessageID, Subject: d.Subject,
		Raw: d.Bytes(), Copies: 1,
	}
	for _, a := range append(slices.Clone(d.To), d.Cc...) {
		m.To = append(m.To, a.Address)
	}
	return m
}

func (g *Generator) messageID(c Citizen) string {
	g.serial++
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %s", g.seed, g.serial, g.now().UnixNano(), c.Address))
	domain := c.Address[strings.IndexByte(c.Address, '@')+1:]
	if c.Client == Gmail {
		return "<CA" + hex.EncodeToString(sum[:14]) + "@mail." + domain + ">"
	}
	return "<" + strings.ToUpper(hex.EncodeToString(sum[:4])) + "-" + hex.EncodeToString(sum[4:14]) + "@" + domain + ">"
}

// pair takes the next letter at random, using all before any comes again, and someone who would write it.
func (g *Generator) pair() (Citizen, Letter) {
	all := Letters()
	if len(g.order) == 0 {
		g.order = g.rng.Perm(len(all))
	}
	l := all[g.order[0]]
	g.order = g.order[1:]
	c := pick(g.rng, writers(l.Role))
	return c, g.fill(l, c)
}

// writers lists the citizens who write letters of a role.
func writers(role Role) []Citizen {
	if role == "" {
		return citizens
	}
	return slices.DeleteFunc(Citizens(), func(c Citizen) bool { return !slices.Contains(c.Roles, role) })
}

// fill replaces the placeholders. Dates lie around the clock's today.
func (g *Generator) fill(l Letter, c Citizen) Letter {
	today := g.now()
	replace := strings.NewReplacer(
		"{via}", c.Street, "{civico}", c.Number, "{telefono}", c.Phone, "{figlio}", c.Child,
		"{scuola}", pick(g.rng, []string{"Rodari", "Calvino", "Don Milani", "Montessori"}),
		"{data}", italianDay(today.AddDate(0, 0, -7-g.rng.IntN(120))),
		"{data_futura}", italianDay(today.AddDate(0, 0, 10+g.rng.IntN(60))),
		"{importo}", fmt.Sprintf("%d,%02d", 40+g.rng.IntN(700), g.rng.IntN(100)),
		"{codice}", fmt.Sprintf("%08d", g.rng.IntN(100_000_000)),
		"{verbale}", fmt.Sprintf("%d/%d", 1000+g.rng.IntN(9000), today.Year()),
		"{targa}", fmt.Sprintf("%s%03d%s", pick(g.rng, []string{"FK", "GA", "EX", "DZ"}), g.rng.IntN(1000), pick(g.rng, []string{"LM", "TR", "VB", "XH"})),
	)
	l.Subject, l.Text = replace.Replace(l.Subject), replace.Replace(l.Text)
	return l
}

func address(c Citizen) letter.Address { return letter.Address{Name: c.Name(), Address: c.Address} }

// closing is the signature below a letter.
func closing(c Citizen) string {
	switch c.Client {
	case IPhone:
		return c.First + "\n\nInviato da iPhone"
	case Android:
		return c.Name() + "\n\nInviato dal mio telefono Android"
	case Outlook:
		return c.Name() + "\n" + c.Street + " " + c.Number + ", Valdoria\ntel. " + c.Phone
	case Thunderbird:
		return "-- \n" + c.Name()
	default:
		return c.Name()
	}
}

func quote(c Citizen, l *letter.Letter) string {
	if c.Client == Outlook {
		return letter.QuoteBlock(l)
	}
	return letter.Quote(l)
}

var monthNames = [...]string{
	"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
}

func italianDay(t time.Time) string { return fmt.Sprintf("%d %s", t.Day(), monthNames[t.Month()-1]) }

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }
