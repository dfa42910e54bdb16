package webform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sportello.dev/adapters/internal/phone"
	"sportello.dev/plugins-sdk/channel"
)

// submission is a form that was checked and is handed in.
type submission struct {
	form     *Form
	draft    draft
	values   Values
	language string
	at       time.Time
}

// original is what is kept as the message's raw bytes.
type original struct {
	Form     string    `json:"form"`
	Version  string    `json:"version"`
	Language string    `json:"language"`
	Values   Values    `json:"values"`
	Files    []file    `json:"files,omitempty"`
	At       time.Time `json:"at"`
}

// event makes of it what the hub takes in. Nobody has proved that the address is the writer's, and the event says so.
func (s *submission) event() (channel.Event, error) {
	kept := slices.Clone(s.draft.Files)
	for i := range kept {
		kept[i].Claim = ""
	}
	text, err := json.Marshal(original{s.form.ID, s.form.Version, s.language, s.values, kept, s.at.UTC()})
	if err != nil {
		return channel.Event{}, fmt.Errorf("encoding a form: %w", err)
	}
	fields, err := json.Marshal(s.values)
	if err != nil {
		return channel.Event{}, fmt.Errorf("encoding the fields of a form: %w", err)
	}
	from, other := s.writer()
	message := &channel.InboundMessage{
		From: from, Subject: s.subject(), Text: s.text(), Class: channel.ClassHuman, Language: s.language, SentAt: s.at,
		Form:           &channel.Form{ID: s.form.ID, Version: s.form.Version, Fields: fields},
		Authentication: &channel.Authentication{Authority: "webform"},
	}
	if other.Value != "" {
		message.Parties = append(message.Parties, channel.Party{Role: channel.RoleReplyTo, Address: other})
	}
	for _, f := range s.draft.Files {
		message.Attachments = append(message.Attachments, f.attachment())
	}
	return channel.Event{ID: s.id(fields), OccurredAt: s.at, Raw: channel.Raw{Inline: text, MediaType: "application/json"}, Body: message}, nil
}

// handIn gives the form to the hub, its original first where that is long.
func (s *submission) handIn(ctx context.Context, host *channel.Host) (channel.Submission, error) {
	event, err := s.event()
	if err != nil {
		return channel.Submission{}, err
	}
	if event.Raw, err = host.Raw(ctx, bytes.NewReader(event.Raw.Inline), event.Raw.MediaType); err != nil {
		return channel.Submission{}, err
	}
	return host.Submit(ctx, event)
}

// id is the draft's with what is handed in: the same sent twice is one submission, but what somebody corrects after
// going back is another one, and not thrown away as known.
func (s *submission) id(fields []byte) string {
	sum := sha256.New()
	sum.Write(fields)
	for _, f := range s.draft.Files {
		fmt.Fprintf(sum, "\x00%s\x00%s", f.Field, f.SHA256)
	}
	return "form/" + s.draft.ID + "/" + hex.EncodeToString(sum.Sum(nil)[:8])
}

// attachment is the file as the hub takes it.
func (f *file) attachment() channel.Attachment {
	return channel.Attachment{
		Blob: channel.BlobRef{SHA256: f.SHA256, Size: uint64(f.Size), Claim: f.Claim}, Name: f.Name, MediaType: f.Type, DeclaredType: f.Declared,
	}
}

// writer is where the answer is wanted, and the other address if one was given.
func (s *submission) writer() (from, other channel.Address) {
	name := strings.TrimSpace(s.values.of(s.form, RoleName) + " " + s.values.of(s.form, RoleSurname))
	if email := s.values.of(s.form, RoleEmail); email != "" {
		from = channel.Address{Kind: "email", Value: email, Name: name}
	}
	number, ok := phone.Read(s.values.of(s.form, RolePhone), true)
	if !ok {
		return from, other
	}
	number.Name = name
	if from.Value == "" || s.values.of(s.form, RolePreference) == string(RolePhone) {
		return number, from
	}
	return from, number
}

// subject is the one written, else the form with the first choice that says what it is about.
func (s *submission) subject() string {
	if subject := s.values.of(s.form, RoleSubject); subject != "" {
		return channel.OneLine(subject)
	}
	subject := s.form.Title.in(s.language)
	for _, f := range s.form.asked(s.values) {
		if f.Kind == KindChoice && f.Role == "" && s.values[f.Name] != "" {
			return subject + ": " + f.label(s.values[f.Name]).in(s.language)
		}
	}
	return subject
}

// text is the form as a letter: what was written at length, then each answer with its question.
func (s *submission) text() string {
	var long, short []string
	for _, f := range s.form.asked(s.values) {
		value := s.values[f.Name]
		switch {
		case value == "" || f.Role == RoleSubject:
		case f.Kind == KindLong:
			long = append(long, value)
		default:
			short = append(short, titled(f.Label.in(s.language))+f.shown(value, s.language))
		}
	}
	return strings.Join(append(long, strings.Join(short, "\n")), "\n\n")
}

// shown is an answer as people write it.
func (f *Field) shown(value, language string) string {
	switch f.Kind {
	case KindChoice:
		return f.label(value).in(language)
	case KindConsent:
		return Words{"sì", "yes"}.in(language)
	case KindDate:
		if date, err := time.Parse(dateForm, value); err == nil {
			return date.Format("02/01/2006")
		}
	case KindPhone:
		return phone.Shown(value)
	}
	return value
}
