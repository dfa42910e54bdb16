package channel_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
)

func TestStateIsComparedAndSet(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())

	none, err := s.State(t.Context(), pool, made, "token")
	require.NoError(t, err)
	require.Zero(t, none.Version)

	v1, ok, err := s.PutState(t.Context(), pool, made, "token", 0, []byte("one"))
	require.NoError(t, err)
	require.True(t, ok)
	_, ok, err = s.PutState(t.Context(), pool, made, "token", 0, []byte("two"))
	require.NoError(t, err)
	require.False(t, ok, "it exists")

	v2, ok, err := s.PutState(t.Context(), pool, made, "token", v1, []byte("two"))
	require.NoError(t, err)
	require.True(t, ok)
	_, ok, err = s.PutState(t.Context(), pool, made, "token", v1, []byte("three"))
	require.NoError(t, err)
	require.False(t, ok, "somebody wrote meanwhile")

	entry, err := s.State(t.Context(), pool, made, "token")
	require.NoError(t, err)
	require.Equal(t, channel.Entry{Version: v2, Value: []byte("two")}, entry)
}

func TestRemovedStateDoesNotRepeatItsVersion(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())
	v1, _, err := s.PutState(t.Context(), pool, made, "k", 0, []byte("one"))
	require.NoError(t, err)

	gone, err := s.DeleteState(t.Context(), pool, made, "k", v1+1)
	require.NoError(t, err)
	require.False(t, gone)
	gone, err = s.DeleteState(t.Context(), pool, made, "k", v1)
	require.NoError(t, err)
	require.True(t, gone)

	_, _, err = s.PutState(t.Context(), pool, made, "k", 0, []byte("two"))
	require.NoError(t, err)
	_, ok, err := s.PutState(t.Context(), pool, made, "k", v1, []byte("from a stale read"))
	require.NoError(t, err)
	require.False(t, ok)
}

func TestOneOfManyWritersWins(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())
	var stored atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, ok, err := s.PutState(t.Context(), pool, made, "k", 0, []byte("v")); err == nil && ok {
				stored.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, stored.Load())
}

func TestStateIsCapped(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())
	_, ok, err := s.PutState(t.Context(), pool, made, strings.Repeat("è", 200), 0, make([]byte, channel.MaxStateValue))
	require.NoError(t, err)
	require.True(t, ok)

	for _, c := range []struct {
		key  string
		size int
	}{{"", 1}, {strings.Repeat("k", 201), 1}, {"\xff", 1}, {"k", channel.MaxStateValue + 1}} {
		_, _, err := s.PutState(t.Context(), pool, made, c.key, 0, make([]byte, c.size))
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	}
	_, err = s.State(t.Context(), pool, made, "")
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	_, err = s.DeleteState(t.Context(), pool, made, "", 1)
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
}

func TestSurveysFitTheirEntry(t *testing.T) {
	t.Parallel()
	require.True(t, channel.Reserved("hub:survey"))
	require.False(t, channel.Reserved("token"))
	store, pool := newStore(t)
	c := create(t, store, pool, draft())
	survey := channel.Survey{Server: 50, Missing: 50}
	for range channel.MaxSurveyItems {
		survey.Items = append(survey.Items, channel.Surveyed{ID: strings.Repeat("<", 500), Subject: strings.Repeat("<", 300)})
	}
	require.NoError(t, store.PutSurvey(t.Context(), pool, c, survey))
	kept, err := store.Survey(t.Context(), pool, c)
	require.NoError(t, err)
	require.EqualValues(t, 50, kept.Missing, "the count is whole, even where not every item is named")
	require.NotEmpty(t, kept.Items)
}
