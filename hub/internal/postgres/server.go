package postgres

import (
	"context"
	"fmt"
	"regexp"
)

func inURL(url, param string) bool {
	return regexp.MustCompile(`(^|[?&\s])` + regexp.QuoteMeta(param) + `=`).MatchString(url)
}

func checkServer(ctx context.Context, db Querier) error {
	var number int
	if err := db.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&number); err != nil {
		return fmt.Errorf("asking the database for its version: %w", err)
	}
	if major := number / 10000; major < MinServer {
		return fmt.Errorf("the database is PostgreSQL %d; Sportello needs %d or later", major, MinServer)
	}
	return nil
}

// Durability lists the server settings under which a committed transaction can
// be lost in a crash. Empty means that COMMIT keeps the promise "accepted is durable".
func Durability(ctx context.Context, db Querier) ([]string, error) {
	rows, err := db.Query(ctx, `
		SELECT name, setting FROM pg_settings
		WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
		  AND setting = 'off' ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("reading the durability settings: %w", err)
	}
	defer rows.Close()
	var problems []string
	for rows.Next() {
		var name, setting string
		if err := rows.Scan(&name, &setting); err != nil {
			return nil, fmt.Errorf("reading a durability setting: %w", err)
		}
		problems = append(problems, fmt.Sprintf("%s is %s: a crash can lose accepted messages; set it to on", name, setting))
	}
	return problems, rows.Err()
}
