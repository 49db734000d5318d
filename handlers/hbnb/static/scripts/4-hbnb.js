// The page 4-hbnb: 3-hbnb, and a search by amenities.
$(() => {
  const places = hbnb.placeList();
  hbnb.listChosen('.amenities');
  hbnb.showApiStatus();
  hbnb.onSearch(() => places.show({ amenities: hbnb.ids('.amenities input') }));
  places.show({});
});
