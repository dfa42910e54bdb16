package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/id"
)

type userCommand struct {
	Add    userAddCommand    `cmd:"" help:"Add an operator; the password is read from standard input."`
	Invite userInviteCommand `cmd:"" help:"Make a link by which an operator sets a password, and print it once; for somebody new with --name."`
	List   userListCommand   `cmd:"" help:"List operators."`
	Reset  userResetCommand  `cmd:"" name:"reset-second-factor" help:"Take the second factor off an operator who lost phone and recovery codes, and sign them out."`
	Token  userTokenCommand  `cmd:"" help:"Make an API token and print it once; one of the same name is replaced."`
	Tokens userTokensCommand `cmd:"" help:"List API tokens with their end."`
	End    userEndCommand    `cmd:"" name:"end-token" help:"End an API token at once."`
}

type userAddCommand struct {
	Login  string   `arg:"" help:"Name to sign in with."`
	Name   string   `help:"Name that colleagues see." required:""`
	Role   string   `help:"What the operator may do." enum:"first_level,back_office,office_head,communications,knowledge_editor,administrator,auditor" default:"first_level"`
	Office []string `help:"Slug of an office the operator belongs to; may be repeated."`
}

// Run adds an operator. The password does not stand on the command line, where others could read it.
func (c *userAddCommand) Run(s *session) error {
	password, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && password == "" {
		return errors.New("write the password on standard input, ended by a line break")
	}
	return s.withDomain(func(d *app.Domain) error {
		if err := d.EnsureTown(s.ctx); err != nil {
			return err
		}
		offices, err := officesBySlug(s, d, c.Office)
		if err != nil {
			return err
		}
		added := account.NewOperator{Login: c.Login, Name: c.Name, Role: account.Role(c.Role), Password: strings.TrimRight(password, "\r\n")}
		err = s.recorded(d, account.PeopleManage, "cliUserAdd", "people", func(ctx context.Context) error {
			_, err := d.Accounts.AddOperator(ctx, added, offices...)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s can sign in\n", c.Login)
		return nil
	})
}

type userInviteCommand struct {
	Login  string   `arg:"" help:"Name to sign in with."`
	Name   string   `help:"Name that colleagues see; adds the operator."`
	Role   string   `help:"What the operator may do." enum:"first_level,back_office,office_head,communications,knowledge_editor,administrator,auditor" default:"first_level"`
	Office []string `help:"Slug of an office the operator belongs to; may be repeated."`
	URL    string   `help:"Where operators reach the hub." default:"http://localhost:8081"`
}

// Run prints the link; it is stored nowhere.
func (c *userInviteCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		invitation, err := c.invite(s, d)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s/invito#%s\nworks once, until %s\n", strings.TrimRight(c.URL, "/"), invitation.Secret, invitation.ExpiresAt.Format(time.RFC1123))
		return nil
	})
}

func (c *userInviteCommand) invite(s *session, d *app.Domain) (invitation account.Invitation, err error) {
	if c.Name == "" {
		o, err := d.Accounts.OperatorByLogin(s.ctx, c.Login)
		if err != nil {
			return account.Invitation{}, err
		}
		return invitation, s.recorded(d, account.PeopleManage, "cliUserInvite", "people/"+o.ID.String(), func(ctx context.Context) (err error) {
			invitation, err = d.Accounts.InviteAgain(ctx, account.System(), o.ID)
			return err
		})
	}
	if err := d.EnsureTown(s.ctx); err != nil {
		return account.Invitation{}, err
	}
	offices, err := officesBySlug(s, d, c.Office)
	if err != nil {
		return account.Invitation{}, err
	}
	invited := account.NewOperator{Login: c.Login, Name: c.Name, Role: account.Role(c.Role)}
	return invitation, s.recorded(d, account.PeopleManage, "cliUserInvite", "people", func(ctx context.Context) (err error) {
		_, invitation, err = d.Accounts.Invite(ctx, account.System(), invited, offices)
		return err
	})
}

func officesBySlug(s *session, d *app.Domain, slugs []string) ([]id.Office, error) {
	offices := make([]id.Office, len(slugs))
	for i, slug := range slugs {
		var err error
		if offices[i], err = officeBySlug(s, d, slug); err != nil {
			return nil, err
		}
	}
	return offices, nil
}

type userListCommand struct{}

// Run lists operators.
func (c *userListCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		list, err := d.Accounts.Operators(s.ctx)
		if err != nil {
			return err
		}
		for _, o := range list {
			fmt.Fprintf(s.out, "%-20s %-16s %s\n", o.Login, o.Role, o.Name)
		}
		return nil
	})
}

type userResetCommand struct {
	Login string `arg:"" help:"Name to sign in with."`
}

// Run is the way out for an administrator whom no other one can help.
func (c *userResetCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		o, err := d.Accounts.OperatorByLogin(s.ctx, c.Login)
		if err != nil {
			return err
		}
		err = s.recorded(d, account.PeopleManage, "cliUserReset", "people/"+o.ID.String(), func(ctx context.Context) error {
			return d.Accounts.ResetFactor(ctx, o.ID)
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s has no second factor and is signed out everywhere\n", o.Login)
		return nil
	})
}

type userTokenCommand struct {
	Name   string `arg:"" help:"Name of the token: what uses it."`
	Role   string `help:"What its bearer may do." enum:"first_level,back_office,office_head,communications,knowledge_editor,administrator,auditor" default:"first_level"`
	Office string `help:"Slug of the office whose tickets it sees, for a role that sees only its own."`

	Lasts   string `help:"How long it works." enum:"30d,90d,365d,never" required:""`
	Because string `help:"Why it must never end; with --lasts never." placeholder:"REASON"`
}

// Run makes a token and prints it: only its hash is kept.
func (c *userTokenCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		office, err := officeBySlug(s, d, c.Office)
		if err != nil {
			return err
		}
		var secret string
		err = s.recorded(d, account.TokenManage, "cliUserToken", "tokens", func(ctx context.Context) (err error) {
			_, secret, err = d.Accounts.ReplaceToken(ctx, account.NewToken{
				Name: c.Name, Role: account.Role(c.Role), Office: office, Lasts: account.Lasting(c.Lasts), Because: c.Because,
			})
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(s.out, secret)
		return nil
	})
}

type userTokensCommand struct{}

// Run lists tokens, those that came to their end too.
func (c *userTokensCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		list, err := d.Accounts.Tokens(s.ctx)
		if err != nil {
			return err
		}
		for _, t := range list {
			fmt.Fprintf(s.out, "%s  %-24s %-16s %s\n", t.ID, t.Name, t.Role, endOf(t, d.Now()))
		}
		return nil
	})
}

// endOf words until when a token works.
func endOf(t account.Token, now time.Time) string {
	switch {
	case t.Expired(now):
		return "expired on " + t.ExpiresAt.Format(time.DateOnly)
	case t.ExpiresAt != nil:
		return "until " + t.ExpiresAt.Format(time.DateOnly)
	case t.NeverBecause != "":
		return "never ends: " + t.NeverBecause
	}
	return "never ends"
}

type userEndCommand struct {
	Name string `arg:"" help:"Name or id of the token; of several with one name all of them."`
}

// Run ends tokens.
func (c *userEndCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		list, err := d.Accounts.Tokens(s.ctx)
		if err != nil {
			return err
		}
		ended := 0
		for _, t := range list {
			if t.Name != c.Name && t.ID.String() != c.Name {
				continue
			}
			err := s.recorded(d, account.TokenManage, "cliTokenEnd", "tokens/"+t.ID.String(), func(ctx context.Context) error { return d.Accounts.EndToken(ctx, t.ID) })
			if err != nil {
				return err
			}
			ended++
		}
		if ended == 0 {
			return fmt.Errorf("no token is called %q", c.Name)
		}
		fmt.Fprintf(s.out, "%d ended\n", ended)
		return nil
	})
}
