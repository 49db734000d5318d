// The page 101-hbnb: 100-hbnb, and each place's reviews.
$(() => {
  const places = hbnb.placeList({ withReviews: true });
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
