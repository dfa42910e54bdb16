// Package report tells how much came in, what became of it and how long it took, by office, channel and day.
//
// What counts in a ticket's life becomes marks (report_mark), and the marks of a day become cells (report_cell): a year
// of a large town is some ten thousand of them, and every figure is a sum, or a median of the times kept there. A Keeper
// makes them from events and messages beside the hub's other work, so that nothing that arrives waits for it.
package report
