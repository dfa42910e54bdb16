package sample

import (
	"fmt"
	"strings"
)

// Names as they are common in Italy, and those of people who came from elsewhere.
var (
	firstNames = strings.Fields(`Giulia Marco Francesca Luca Chiara Andrea Sara Matteo Elena Davide Anna Stefano Laura Paolo
		Valentina Roberto Martina Alessandro Silvia Giovanni Federica Simone Paola Antonio Giorgia Francesco Alice Giuseppe
		Claudia Lorenzo Monica Riccardo Barbara Daniele Cristina Fabio Roberta Massimo Ilaria Enrico Teresa Vincenzo Rosa
		Salvatore Lucia Pietro Angela Michele Caterina Giorgio Fatima Mohamed Olena Ionut Mei Ahmed Ana Florin Amina Yusuf`)
	lastNames = strings.Fields(`Rossi Ferrari Russo Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti Costa
		Mancini Giordano Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli Martini Leone
		Longo Gentile Martinelli Vitale Lombardo Serra Coppola Marchetti Parisi Villa Conte Ferraro Ferri Fabbri Bianco
		Marini Grasso Valentini Messina Sala Gatti Pellegrini Palumbo Sanna Farina Rizzi Monti Cattaneo Morelli Amato
		Silvestri Mazza Testa Grassi Pellegrino Carbone Giuliani Benedetti Barone Rossetti Caputo Montanari Guerra Palmieri
		Bernardi Martino Fiore Ferretti Bellini Basile Riva Donati Piras Vitali Battaglia Sartori Neri Costantini Milani
		Pagano Ruggiero Sorrentino Orlando Negri Popescu Hoxha Chen Benali Kovalenko Diallo Singh`)
)

// personName is the name of the k-th person; a number gives one name, several people may share it.
func personName(k int) string {
	first, last := nameParts(k)
	return first + " " + last
}

func nameParts(k int) (first, last string) {
	// Odd steps, coprime to the lengths, so that neighbours differ in both.
	h := uint64(k)*0x9e3779b97f4a7c15 + 0x632be59bd9b4e019
	h ^= h >> 29
	return firstNames[h%uint64(len(firstNames))], lastNames[(h>>20)%uint64(len(lastNames))]
}

// personAddress is where the k-th person is reached by a kind of address.
func personAddress(k int, kind string) string {
	switch kind {
	case "mobile":
		return fmt.Sprintf("+39333%07d", k)
	case "pec":
		return personMailbox(k) + "@pec.posta.example"
	}
	return personMailbox(k) + "@posta.example"
}

func personMailbox(k int) string {
	first, last := nameParts(k)
	return fmt.Sprintf("%s.%s.%d", strings.ToLower(first), strings.ToLower(last), k)
}
