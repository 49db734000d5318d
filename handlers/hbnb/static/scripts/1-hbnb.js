// The page 1-hbnb: the names of the checked amenities stand in their heading.
$(() => hbnb.listChosen('.amenities'));
