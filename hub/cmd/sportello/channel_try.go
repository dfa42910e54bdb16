package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"sportello.dev/hub/internal/httpapi/api"
)

// tokenVariable is where the command line finds the token of a running hub's API: an argument could be read by others.
const tokenVariable = "SPORTELLO_TOKEN"

type channelTestCommand struct {
	Slug     string `arg:"" help:"The channel."`
	Hub      string `help:"Address of the running hub; the configured one if left out." placeholder:"URL"`
	Language string `help:"Language of the findings." enum:"it,en" default:"en"`
}

// Run lets a running hub try a channel as it is set, tells each step as it ends, and fails when one does.
func (c *channelTestCommand) Run(s *session) error {
	hub := remote{base: strings.TrimRight(c.Hub, "/"), token: os.Getenv(tokenVariable)}
	if hub.token == "" {
		return errors.New("put an administrator's token into " + tokenVariable + `: "sportello user token NAME --role admin" makes one`)
	}
	if hub.base == "" {
		cfg, _, err := s.load(nil)
		if err != nil {
			return err
		}
		hub.base = "http://" + cfg.Internal.Addr
	}
	return c.try(s, hub)
}

func (c *channelTestCommand) try(s *session, hub remote) error {
	var list struct {
		Items []api.Channel `json:"items"`
	}
	if err := hub.get(s, "/channels", &list); err != nil {
		return err
	}
	for _, each := range list.Items {
		var setup api.ChannelSetup
		if err := hub.get(s, "/channels/"+each.ID.String()+"/setup", &setup); err != nil {
			return err
		}
		if setup.Slug != c.Slug {
			continue
		}
		language := api.Language(c.Language)
		input := api.TrialInput{Adapter: setup.Channel.Kind, Channel: &each.ID, Settings: setup.Settings, Language: &language}
		body, err := hub.do(s, http.MethodPost, "/channel-trials", input)
		if err != nil {
			return err
		}
		defer func() { _ = body.Close() }()
		return tell(s.out, body)
	}
	return fmt.Errorf("no channel has the slug %q", c.Slug)
}

// tell writes the steps of a trial as they end.
func tell(out io.Writer, events io.Reader) error {
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 1<<20)
	event := ""
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			event = name
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if event == "end" {
			return ended(data)
		}
		var step api.TrialStep
		if err := json.Unmarshal([]byte(data), &step); err != nil {
			return fmt.Errorf("reading a step: %w", err)
		}
		if step.State == api.TrialStepStateTrialStepPlanned || step.State == api.TrialStepStateTrialStepRunning {
			continue
		}
		fmt.Fprintf(out, "%-8s %s\n", step.State, step.Title)
		for _, more := range []*string{step.Summary, step.Said, step.Remedy} {
			if more != nil {
				fmt.Fprintf(out, "         %s\n", *more)
			}
		}
	}
	return errors.Join(errors.New("the trial broke off"), lines.Err())
}

func ended(data string) error {
	var end api.TrialEnd
	switch err := json.Unmarshal([]byte(data), &end); {
	case err != nil:
		return fmt.Errorf("reading the end of a trial: %w", err)
	case end.Problem != nil:
		return errors.New(*end.Problem)
	case !end.Passed:
		return errors.New("the channel does not work as it is set")
	}
	return nil
}

// remote is the API of a running hub.
type remote struct{ base, token string }

func (r remote) get(s *session, path string, into any) error {
	body, err := r.do(s, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if err := json.NewDecoder(body).Decode(into); err != nil {
		return fmt.Errorf("reading the hub's answer to %s: %w", path, err)
	}
	return nil
}

func (r remote) do(s *session, method, path string, content any) (io.ReadCloser, error) {
	var text []byte
	if content != nil {
		var err error
		if text, err = json.Marshal(content); err != nil {
			return nil, fmt.Errorf("asking the hub: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(s.ctx, method, r.base+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("asking the hub: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking the hub: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		defer func() { _ = answer.Body.Close() }()
		var problem api.Problem
		_ = json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&problem) // whatever answered need not be a hub
		return nil, fmt.Errorf("the hub refused %s: %s %s", path, answer.Status, problem.Code)
	}
	return answer.Body, nil
}
