// Package logtail takes what adapter programs write and makes log records of it. What comes in is foreign: lines are
// cut, counted, stripped of secrets and control characters, and never trusted to be well formed.
package logtail
