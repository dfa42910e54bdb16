package page

import (
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed words/*.json
var wordFiles embed.FS

// languages lists the page's languages; the first is the one a visitor gets unasked.
var languages = []string{"it", "en"}

const languageCookie = "lingua"

// words holds the page's texts by language and key. They are part of the program, so a mistake in them is a bug.
var words = sync.OnceValue(func() map[string]map[string]string {
	all := make(map[string]map[string]string)
	for _, language := range languages {
		raw, err := wordFiles.ReadFile("words/" + language + ".json")
		if err != nil {
			panic(err)
		}
		texts := make(map[string]string)
		if err := json.Unmarshal(raw, &texts); err != nil {
			panic(fmt.Errorf("words/%s.json: %w", language, err))
		}
		all[language] = texts
	}
	return all
})

// say returns a text of the page. An unknown key shows as itself, which a test turns into a failure.
func say(language, key string, args ...any) string {
	text, ok := words()[language][key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	if len(args) > 0 {
		return fmt.Sprintf(text, args...)
	}
	return text
}

func language(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(languages, c.Value) {
		return c.Value
	}
	return languages[0]
}

// switchLanguage takes ?lang= off a request, remembers it, and sends the browser on to the page itself.
func (s *site) switchLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		wanted := query.Get("lang")
		if r.Method != http.MethodGet || !slices.Contains(languages, wanted) {
			next.ServeHTTP(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // a language is no secret, and the page speaks plain HTTP
			Name: languageCookie, Value: wanted, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int((365 * 24 * time.Hour).Seconds()),
		})
		query.Del("lang")
		target := *r.URL
		target.Path = "/" + strings.TrimLeft(target.Path, "/")
		target.RawQuery = query.Encode()
		http.Redirect(w, r, target.RequestURI(), http.StatusSeeOther) //nolint:gosec // one leading slash: never another host
	})
}

func languageLink(r *http.Request, language string) string {
	query := r.URL.Query()
	query.Set("lang", language)
	return "?" + query.Encode()
}

func (s *site) funcs(language string) template.FuncMap {
	return template.FuncMap{
		"t":      func(key string, args ...any) string { return say(language, key, args...) },
		"when":   func(at time.Time) string { return s.when(language, at) },
		"moment": func(at time.Time) string { return moment(language, at.In(s.Now().Location())) },
		"size":   humanSize,
		"colour": colour,
		"path":   mailPath,
		"phone":  phonePath,
		"soft":   softAddress,
		"badge":  initials,
		"number": strconv.Itoa,
	}
}

var monthAbbreviations = map[string][]string{
	"it": {"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"},
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
}

// when writes a time as short as it can be understood: the hour today, else the day.
func (s *site) when(language string, at time.Time) string {
	now := s.Now()
	at = at.In(now.Location())
	switch {
	case at.YearDay() == now.YearDay() && at.Year() == now.Year():
		return at.Format("15:04")
	case at.Year() == now.Year():
		return fmt.Sprintf("%d %s", at.Day(), monthAbbreviations[language][at.Month()-1])
	default:
		return at.Format("02/01/2006")
	}
}

func moment(language string, at time.Time) string {
	return fmt.Sprintf("%d %s %d, %s", at.Day(), monthAbbreviations[language][at.Month()-1], at.Year(), at.Format("15:04"))
}

func humanSize(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%d kB", (bytes+512)>>10)
	default:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	}
}

// colour gives a name one of the badge colours of the style sheet, always the same.
func colour(name string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	return "c" + strconv.Itoa(int(h.Sum32()%8))
}

// softAddress lets an address break before its "@", where a line is too short for it.
func softAddress(address string) template.HTML {
	return template.HTML(strings.ReplaceAll(template.HTMLEscapeString(address), "@", "<wbr>@")) //nolint:gosec // escaped first
}

// initials are the letters on the badge of someone with this name: of the first two words that begin with a capital.
func initials(name string) string {
	var letters []rune
	for word := range strings.FieldsSeq(name) {
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsUpper(r) && len(letters) < 2 {
			letters = append(letters, r)
		}
	}
	if len(letters) == 0 && name != "" {
		r, _ := utf8.DecodeRuneInString(name)
		letters = append(letters, unicode.ToUpper(r))
	}
	return string(letters)
}
