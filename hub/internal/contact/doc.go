// Package contact holds the people and organisations the town talks to and the addresses at which they are reached:
// normal forms, identification of a sender, preference, verification, and marks of addresses that do not work.
//
// An address is unique by kind and normal value, unless it is shared (a family, a company's desk): a shared address
// stands under several contacts and identifies nobody.
package contact
