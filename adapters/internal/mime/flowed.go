package mime

import "strings"

// unflow undoes format=flowed (RFC 3676): lines ending in a space continue on
// the next line of the same quote depth.
func unflow(text string, deleteSpace bool) string {
	var out strings.Builder
	flowing, depth := false, 0
	for i, line := range strings.Split(text, "\n") {
		level := 0
		for level < len(line) && line[level] == '>' {
			level++
		}
		content := strings.TrimPrefix(line[level:], " ") // space-stuffing
		signature := content == "-- "
		if !flowing || level != depth || signature {
			if i > 0 {
				out.WriteByte('\n')
			}
			out.WriteString(quotePrefix(level))
		}
		flowing = strings.HasSuffix(content, " ") && !signature
		if flowing && deleteSpace {
			content = content[:len(content)-1]
		}
		out.WriteString(content)
		depth = level
	}
	return out.String()
}

func quotePrefix(level int) string {
	if level == 0 {
		return ""
	}
	return strings.Repeat(">", level) + " "
}
