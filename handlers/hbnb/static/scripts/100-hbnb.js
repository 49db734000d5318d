// The page 100-hbnb: 4-hbnb, and a search by states and cities, too.
$(() => {
  const places = hbnb.placeList();
  hbnb.listChosen('.amenities');
  hbnb.listChosen('.locations');
  hbnb.showApiStatus();
  hbnb.onSearch(() => places.show({
    amenities: hbnb.ids('.amenities input'),
    states: hbnb.ids('.locations h2 input'),
    cities: hbnb.ids('.locations ul ul input')
  }));
  places.show({});
});
