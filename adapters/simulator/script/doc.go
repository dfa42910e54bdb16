// Package script writes the mail of the people of Valdoria: ordinary letters to the town hall, answers to what it wrote,
// and the awkward kinds that mail systems stumble over.
//
// A Generator is repeatable: the same seed and the same clock give the same bytes. It is meant for the demonstration's
// traffic, for tests, and for sample data.
package script
